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
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection.detector import DetectNear, Detector

LOOK_AROUND_S = 0.15
REACH = 2.0
"""Side of the square that is looked at around a face, in lengths of its box's longer side."""

PIXELS_NEAR = 13_000
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
    - always, where the detector has no `detect_near`.

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
        self._detect_near: DetectNear | None = (
            None if everywhere else getattr(detector, "detect_near", None)
        )
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
        if not found or len(found) * PIXELS_NEAR > self._schedule.pixels(image):
            return []
        known = [
            _Known(_region(box), box, box, box, SURE if score >= SURE else FAINT)
            for box, score in zip(found.boxes, found.scores, strict=True)
        ]
        seen = self._look_near(image, known)
        if seen is None:
            return []
        for face, (box, _) in zip(known, seen, strict=True):
            face.near = box
        return known

    def _followed(self, image: NDArray[np.uint8]) -> Detections | None:
        seen = self._look_near(image, self._known)
        if seen is None:
            return None
        found = []
        for face, (box, score) in zip(self._known, seen, strict=True):
            face.last = _moved(face, box)
            found.append((face.last, score))
        found.sort(key=lambda each: -each[1])
        return Detections(tuple(box for box, _ in found), tuple(score for _, score in found))

    def _look_near(
        self, image: NDArray[np.uint8], faces: Sequence[_Known]
    ) -> list[tuple[Box, float]] | None:
        """Boxes and scores of known faces in looks near them; None where one is not there."""
        if self._detect_near is None:
            return None
        looks = self._detect_near(image, [face.region for face in faces])
        seen = [_seen(face, look) for face, look in zip(faces, looks, strict=True)]
        return None if None in seen else [each for each in seen if each is not None]


def _seen(face: _Known, look: Detections) -> tuple[Box, float] | None:
    sure = look.at_least(face.least_score)
    overlaps = [box.iou(face.last) for box in sure.boxes]
    best = max(range(len(sure)), key=overlaps.__getitem__, default=None)
    if best is None or overlaps[best] < SAME_FACE_IOU:
        return None
    box = sure.boxes[best]
    return (box, sure.scores[best]) if _within(box, face.region) else None


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
