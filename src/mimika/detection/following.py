"""Looks everywhere several times a second, and in between only where the faces are.

A look at the whole frame costs about four times as much as one at a face, and in most frames shows
nothing new. `python scripts/measure_following.py` prints what is saved and what changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection.detector import FAINT, SURE, Detections
from mimika.detection.schedule import SAME_FACE_IOU, ScaleSchedule
from mimika.results import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection.detector import Detector

LOOK_AROUND_S = 0.15
REACH = 2.0
"""Side of the square that is looked at around a face, in lengths of its box's longer side."""

PIXELS_NEAR = 20_000
"""What a look at one face costs, in pixels of a scaled copy that takes as long to look at."""


@dataclass(slots=True)
class _Known:
    """A face of the last look at the whole frame.

    Attributes:
        region: the square that is looked at, the same until the next look at the whole.
        whole: its box in the look at the whole.
        near: its box in the look at the region of that same frame.
        last: where it was in the last frame.
        least_score: what is expected of it.
    """

    region: Box
    whole: Box
    near: Box
    last: Box
    least_score: float


class Following:
    """Finds the faces of a stream, by a look at the whole frame or only near the known faces.

    The whole frame is looked at

    - when the last such look was `LOOK_AROUND_S` seconds ago: a new face appears at most so much
      and one frame later than if every frame were looked at whole,
    - when no face is known: the first one appears at once,
    - when a known face is not surely found near its place (it moved fast, turned away, was covered,
      or the scene changed): what became of it is decided as if there were no following,
    - when there are so many faces that it costs no more,
    - when a scout for small faces is due (`ScaleSchedule`),
    - always, where the detector has no `detect_in`.

    Looks at copies of different sizes give slightly different boxes. So a look near a face tells
    only how far it has moved and grown since the last look at the whole, where it was seen both
    ways: boxes do not jump when the looks alternate.

    It serves one stream and is not thread-safe.
    """

    def __init__(self, detector: Detector, *, everywhere: bool = False) -> None:
        """Begin.

        Args:
            detector: finds the faces.
            everywhere: look at the whole of every frame.
        """
        self._schedule = ScaleSchedule(detector)
        self._detect_in = None if everywhere else getattr(detector, "detect_in", None)
        self._known: list[_Known] = []
        self._looked_around_s = math.inf

    def reset(self) -> None:
        """Forget the stream."""
        self._schedule.reset()
        self._known, self._looked_around_s = [], math.inf

    def detect(self, image: NDArray[np.uint8], time_s: float) -> Detections:
        """Find the faces of the stream's next frame.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: the frame's time in seconds.

        Returns:
            As `Detector.detect`.
        """
        # A clock that went back (a new file, a restarted stream) is no reason to look less.
        recent = self._looked_around_s <= time_s < self._looked_around_s + LOOK_AROUND_S
        if self._known and recent and not self._schedule.is_due(time_s):
            followed = self._followed(image)
            if followed is not None:
                return followed
        self._looked_around_s = time_s
        found = self._schedule.detect(image, time_s)
        self._known = self._meet(image, found)
        return found

    def _meet(self, image: NDArray[np.uint8], found: Detections) -> list[_Known]:
        """Look near each face of a look at the whole; none are known where one is not seen so."""
        if self._detect_in is None or len(found) * PIXELS_NEAR > self._schedule.pixels(image):
            return []
        known = []
        for box, score in zip(found.boxes, found.scores, strict=True):
            least_score = SURE if score >= SURE else FAINT
            face = _Known(_region(box), box, box, box, least_score)
            seen = self._look_near(image, face)
            if seen is None:
                return []
            face.near = seen[0]
            known.append(face)
        return known

    def _followed(self, image: NDArray[np.uint8]) -> Detections | None:
        found = []
        for face in self._known:
            seen = self._look_near(image, face)
            if seen is None:
                return None
            face.last = _moved(face, seen[0])
            found.append((face.last, seen[1]))
        found.sort(key=lambda each: -each[1])
        return Detections(tuple(box for box, _ in found), tuple(score for _, score in found))

    def _look_near(self, image: NDArray[np.uint8], face: _Known) -> tuple[Box, float] | None:
        """The box and score of a known face, as a look at its region shows it; None: not there."""
        assert self._detect_in is not None
        seen: Detections = self._detect_in(image, face.region).at_least(face.least_score)
        overlaps = [box.iou(face.last) for box in seen.boxes]
        best = max(range(len(seen)), key=overlaps.__getitem__, default=None)
        if best is None or overlaps[best] < SAME_FACE_IOU:
            return None
        box = seen.boxes[best]
        return (box, seen.scores[best]) if _within(box, face.region) else None


def _region(box: Box) -> Box:
    side = max(box.width, box.height) * REACH
    x, y = box.centre
    return Box(x - side / 2, y - side / 2, side, side)


def _within(box: Box, region: Box) -> bool:
    """Whether a box ends inside the region, so that the face is likely to be seen whole."""
    return (
        box.x > region.x
        and box.y > region.y
        and box.x + box.width < region.x + region.width
        and box.y + box.height < region.y + region.height
    )


def _moved(face: _Known, near: Box) -> Box:
    """The box in the look at the whole, moved and grown as the one in the looks near has."""
    grown = near.width / face.near.width, near.height / face.near.height
    width, height = face.whole.width * grown[0], face.whole.height * grown[1]
    (x, y), (x0, y0), (x1, y1) = near.centre, face.near.centre, face.whole.centre
    x, y = x + (x1 - x0) * grown[0], y + (y1 - y0) * grown[1]
    return Box(x - width / 2, y - height / 2, width, height)
