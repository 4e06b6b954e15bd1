"""The meshes of a stream's faces: read ten times a second, with straight lines between."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.sources.ranges import SAME_S

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from numpy.typing import NDArray

    from mimika.mesh.face_mesh import FaceMesh
    from mimika.mesh.reading import MeshReading
    from mimika.mesh.region import FaceRegion
    from mimika.schema.geometry import Box
    from mimika.schema.results import Face

EVERY_S = 0.1
"""A mesh is read this often, every third frame of thirty a second; with raw results, always."""
RETRY_S = 0.5
"""A face whose mesh was not certain is tried again after this time."""
ANGLES = ("head_yaw", "head_roll")
"""Fields whose values go around: from 179 to -179 is a step of 2."""


@dataclass(slots=True)
class _Shown:
    """A reading as it is shown: its values, and its points in widths of the box from its middle."""

    values: dict[str, Any]
    points: NDArray[np.float32]

    @classmethod
    def of(cls, reading: MeshReading, box: Box) -> _Shown:
        middle = np.array([*box.center, 0.0], np.float32)
        return cls(reading.values(), (reading.points - middle) / np.float32(box.width))

    def toward(self, other: _Shown, share: float) -> _Shown:
        """What lies on the straight line to another reading, after `share` of the way."""
        if share >= 1:
            return other
        values = {
            name: _between(name, self.values.get(name, value), value, share)
            for name, value in other.values.items()
        }
        return _Shown(values, self.points + np.float32(share) * (other.points - self.points))


@dataclass(slots=True)
class _State:
    """What is known of a face that is followed."""

    reading: MeshReading | None = None
    box: Box | None = None
    before: _Shown | None = None
    latest: _Shown | None = None
    read_s: float = -math.inf
    due_s: float = -math.inf


class MeshFollower:
    """Reads the meshes of a stream's faces, and gives each frame's faces their values.

    Between two readings values and points go in a straight line to the newer one, which is reached
    when the next is due: they lag by `EVERY_S`, and do not jump. Raw results have neither.
    """

    def __init__(self, mesh: FaceMesh | None, *, raw: bool) -> None:
        """Begin a stream.

        Args:
            mesh: reads the meshes; with None nothing is done.
            raw: every frame's meshes are read and shown as they are.
        """
        self._mesh = mesh
        self._every_s = 0.0 if raw else EVERY_S
        self._states: dict[int, _State] = {}

    def look(self, image: NDArray[np.uint8], boxes: Mapping[int, Box], time_s: float) -> None:
        """Read the meshes that are due.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: the faces that were found in it, by the number of their track.
            time_s: the frame's time.
        """
        if self._mesh is None:
            return
        for track_id, box in boxes.items():
            state = self._states.setdefault(track_id, _State())
            if time_s >= state.due_s - SAME_S or time_s < state.read_s:
                self._read(self._mesh, image, state, box, time_s)

    def _read(
        self, mesh: FaceMesh, image: NDArray[np.uint8], state: _State, box: Box, time_s: float
    ) -> None:
        reading = None
        if (region := _region(state, box)) is not None:
            reading = mesh.follow(image, box, region)
        reading = reading or mesh.read(image, box)
        if reading is None:
            state.reading = state.before = state.latest = None
            state.read_s, state.due_s = time_s, time_s + (RETRY_S if self._every_s else 0.0)
            return
        state.before = self._now(state, time_s)
        state.reading, state.box = reading, box
        state.latest = _Shown.of(reading, box)
        state.read_s, state.due_s = time_s, time_s + self._every_s

    def region(self, track_id: int, box: Box) -> FaceRegion | None:
        """Where a face's mesh lies, as it was last read, moved with its box; None: not known."""
        state = self._states.get(track_id)
        return _region(state, box) if state else None

    def onto(self, face: Face, track_id: int, time_s: float) -> Face:
        """The face with what its mesh says at a time; as it is where there is none."""
        state = self._states.get(track_id)
        shown = self._now(state, time_s) if state else None
        if shown is None:
            return face
        middle = np.array([*face.box.center, 0.0], np.float32)
        points = shown.points * np.float32(face.box.width) + middle
        return replace(face, values={**face.values, **shown.values}, mesh=points)

    def _now(self, state: _State, time_s: float) -> _Shown | None:
        if state.latest is None or state.before is None or self._every_s <= 0:
            return state.latest
        return state.before.toward(state.latest, max(0.0, time_s - state.read_s) / self._every_s)

    def keep(self, track_ids: Container[int]) -> None:
        """Forget all other faces."""
        self._states = {key: state for key, state in self._states.items() if key in track_ids}

    def reset(self) -> None:
        """Forget the stream."""
        self._states.clear()


def _region(state: _State, box: Box) -> FaceRegion | None:
    if state.reading is None or state.box is None:
        return None
    (x, y), (then_x, then_y) = box.center, state.box.center
    return state.reading.region.moved(x - then_x, y - then_y, box.width / state.box.width)


def _between(name: str, a: Any, b: Any, share: float) -> Any:
    if isinstance(b, dict):
        return {key: value + share * (b[key] - value) for key, value in a.items()}
    step = b - a
    if name in ANGLES:
        step = (step + 180.0) % 360.0 - 180.0
        return (a + share * step + 180.0) % 360.0 - 180.0
    return a + share * step
