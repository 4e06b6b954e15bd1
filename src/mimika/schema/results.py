"""What the recognizer says of one frame: `Face` and `FrameResult`.

`FrameResult.to_dict()` is the one JSON shape of Mimika: in JSON lines, over HTTP and in the docs.
What a face carries is the table in `mimika.schema.fields`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.geometry import Box, Point


@dataclass(frozen=True, slots=True, repr=False)
class Face:
    """One face in one frame; the fields are explained in docs/results.md.

    Attributes:
        box: where it is, in pixels of the full frame.
        track_id: the person's number, from 1; kept while the face is followed and when it comes
            back within a minute, never anybody else's in a run.
        probabilities: label to probability in [0, 1], in the model's order, summing to 1;
            smoothed over time unless smoothing is off.
        emotion: the label that is shown: the likeliest one, held steady by hysteresis, or
            "uncertain" where the confidence is below the threshold asked for.
        confidence: probability of the label that is held, in [0, 1]; where that is too low to be
            shown, still its own.
        detection_score: the detector's score that this is a face, in [0, 1].
        values: whatever else is known, by the field's name (`mimika.schema.fields`).
        mesh: (478, 3) float32, the points of MediaPipe's mesh where it was asked for and is
            certain: x and y in pixels of the full frame, z away from the camera in the same unit.
            In Python only: it is neither in JSON nor in files, and does not count in comparisons.
    """

    box: Box
    track_id: int
    probabilities: Mapping[str, float]
    emotion: str
    confidence: float
    detection_score: float
    values: Mapping[str, Any] = field(default_factory=dict)
    mesh: NDArray[np.float32] | None = field(default=None, compare=False)

    @property
    def valence(self) -> float | None:
        """Unpleasant to pleasant, -1 to 1: measured by the model, else derived; None: unknown."""
        return self.values.get("valence", self.values.get("derived_valence"))

    @property
    def arousal(self) -> float | None:
        """Sleepy to excited, -1 to 1: measured by the model, else derived; None: unknown."""
        return self.values.get("arousal", self.values.get("derived_arousal"))

    @property
    def landmarks(self) -> Mapping[str, Point]:
        """Points of the face in pixels of the full frame by name; empty where there are none."""
        return self.values.get("landmarks", {})

    def known(self) -> dict[str, Any]:
        """Every value by the field's name."""
        return {name: getattr(self, name) for name in _FACE_SLOTS} | dict(self.values)

    def to_dict(self) -> dict[str, Any]:
        """The face as JSON-ready values, rounded as the table of fields says."""
        return to_json(FACE_FIELDS, self.known())

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Face:
        """Read `to_dict` back.

        Raises:
            InputError: a field is missing or of another type.
        """
        known = _read(FACE_FIELDS, raw, "face")
        core = {name: known.pop(name) for name in _FACE_SLOTS}
        return cls(**core, values=known)

    def __repr__(self) -> str:
        box = self.box
        return (
            f"<Face {self.track_id}: {self.emotion} {self.confidence:.0%} at "
            f"{box.x:.0f},{box.y:.0f} size {box.width:.0f}x{box.height:.0f}>"
        )


@dataclass(frozen=True, slots=True, repr=False)
class FrameResult:
    """All faces of one frame; no face is an empty tuple.

    Attributes:
        time_s: the frame's time in seconds, by the file's timestamps or the camera's clock.
        frame_index: the frame's number in its source, from 0.
        width: width of the frame in pixels.
        height: height of the frame in pixels.
        faces: the faces, in the order of their numbers.
        name: what the picture is called where it is one of several, else None.
        values: whatever else is known of the frame, by the field's name.
    """

    time_s: float
    frame_index: int
    width: int
    height: int
    faces: tuple[Face, ...] = ()
    name: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """Every value of the frame itself by the field's name."""
        return {name: getattr(self, name) for name in _FRAME_SLOTS} | dict(self.values)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-ready values, rounded as the table of fields says."""
        faces = [face.to_dict() for face in self.faces]
        return to_json(FRAME_FIELDS, self.known()) | {"faces": faces}

    def to_arrow(self) -> Any:
        """The faces as a `pyarrow.Table`, a row each; see `Results.to_arrow`."""
        from mimika.schema.tables import Results

        return Results([self]).to_arrow()

    def to_pandas(self) -> Any:
        """The faces as a `pandas.DataFrame`, a row each; see `Results.to_pandas`."""
        from mimika.schema.tables import Results

        return Results([self]).to_pandas()

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> FrameResult:
        """Read `to_dict` back.

        Raises:
            InputError: a field is missing or of another type.
        """
        if not isinstance(raw, dict) or not isinstance(raw.get("faces"), list):
            raise InputError("This is no result of a frame: it has no list of `faces`.")
        faces = tuple(Face.from_dict(face) for face in raw["faces"])
        rest = {name: value for name, value in raw.items() if name != "faces"}
        known = _read(FRAME_FIELDS, rest, "frame")
        core = {name: known.pop(name, None) for name in _FRAME_SLOTS}
        return cls(**core, faces=faces, values=known)

    def __repr__(self) -> str:
        faces = ", ".join(f"{f.track_id} {f.emotion} {f.confidence:.0%}" for f in self.faces[:4])
        more = f" and {len(self.faces) - 4} more" if len(self.faces) > 4 else ""
        place = self.name or f"{self.time_s:.2f} s"
        return f"<FrameResult {place}: {faces or 'no face'}{more}>"


_FACE_SLOTS = tuple(f.name for f in fields(Face) if f.name not in ("values", "mesh"))
_FRAME_SLOTS = tuple(f.name for f in fields(FrameResult) if f.name not in ("faces", "values"))


def _read(table: Mapping[str, Any], raw: Mapping[str, Any], what: str) -> dict[str, Any]:
    try:
        return from_json(table, raw)
    except KeyError as error:
        raise InputError(
            f"A {what} has no {error}: these are no results as this version of Mimika writes them."
        ) from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"A {what} has a value of another type ({error}).") from error
