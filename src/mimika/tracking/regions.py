"""Looks everywhere several times a second, and in between only where the faces are.

A look at the whole frame costs about four times as much as one at a face, and in most frames shows
nothing new. `python scripts/measure_following.py` prints what is saved and what changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.detection.detector import FAINT, SURE, Detections
from mimika.schema.geometry import Box
from mimika.tracking.scales import SAME_FACE_IOU, ScaleSchedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.detection.detector import DetectNear, Detector

LOOK_AROUND_S = 0.15
WAIT_S = 0.05
"""How long a calm face is not looked at: every other frame of a camera or a film."""

CALM = 0.8
"""Lengths of its box by which a calm face moves or grows in a second, at most: 4% in `WAIT_S`."""

SAMPLES = 16
CHANGED = 12.0
"""Mean difference of `SAMPLES` squared pixels of a face, on the scale 0 to 255, that ends its calm:
more than a camera's noise makes, less than a face that jumps or goes."""

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
        last: where it was when it was last looked at.
        score: how sure the detector was then.
        looked_s: when that was, in seconds.
        least_score: what is expected of it.
        speed: of its center and of its width and height, in pixels a second.
        due_s: when it is to be looked at again.
        pixels: some of its pixels then.
    """

    region: Box
    whole: Box
    near: Box
    last: Box
    score: float
    looked_s: float
    least_score: float
    speed: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    due_s: float = -math.inf
    pixels: NDArray[np.int16] | None = None

    def saw(self, box: Box, score: float, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take in where it is now."""
        self._pace(self.last, time_s - self.looked_s, box)
        self.last, self.score, self.looked_s = box, score, time_s
        self._rest(image)

    def goes_on(self, before: _Known, image: NDArray[np.uint8]) -> None:
        """Take over the pace of the same face, known since an earlier look at the whole."""
        self._pace(before.last, self.looked_s - before.looked_s, self.last)
        self._rest(image)

    def waits(self, time_s: float, image: NDArray[np.uint8]) -> bool:
        """Whether it need not be looked at yet."""
        if self.pixels is None or not self.looked_s <= time_s < self.due_s:
            return False
        return float(np.abs(_samples(image, self.last) - self.pixels).mean()) < CHANGED

    def _rest(self, image: NDArray[np.uint8]) -> None:
        self.pixels = None
        if self._is_calm() and (pixels := _samples(image, self.last)).size:
            self.due_s, self.pixels = self.looked_s + WAIT_S, pixels

    def at(self, time_s: float) -> Box:
        """Where it is at `time_s`, if it moves on as it did."""
        moved_x, moved_y, wider, higher = (v * (time_s - self.looked_s) for v in self.speed)
        x, y = self.last.center
        width, height = max(1.0, self.last.width + wider), max(1.0, self.last.height + higher)
        return Box(x + moved_x - width / 2, y + moved_y - height / 2, width, height)

    def _pace(self, before: Box, passed_s: float, now: Box) -> None:
        if passed_s > 0:
            (x0, y0), (x1, y1) = before.center, now.center
            moved = (x1 - x0, y1 - y0, now.width - before.width, now.height - before.height)
            vx, vy, vw, vh = (v / passed_s for v in moved)
            self.speed = vx, vy, vw, vh

    def _is_calm(self) -> bool:
        most = CALM * max(self.last.width, self.last.height)
        return all(abs(v) < most for v in self.speed)


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

    A calm face, which moved little and whose pixels changed little, is looked at in every other
    frame of a camera; in between it is taken to move on as it did. Several take turns, so that all
    frames take about as long.

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
            followed = self._followed(image, time_s)
            if followed is not None:
                return followed
        self._looked_around_s = time_s
        found = self._schedule.detect(image, time_s)
        self._known = self._meet(image, found, time_s)
        return found

    def _meet(self, image: NDArray[np.uint8], found: Detections, time_s: float) -> list[_Known]:
        """Look near each face of a look at the whole; none are known where one is not seen so."""
        if not found or len(found) * PIXELS_NEAR > self._schedule.pixels(image):
            return []
        known = [
            _Known(_region(box), box, box, box, score, time_s, SURE if score >= SURE else FAINT)
            for box, score in zip(found.boxes, found.scores, strict=True)
        ]
        seen = self._look_near(image, known)
        if seen is None:
            return []
        for face, (box, _) in zip(known, seen, strict=True):
            face.near = box
        # Every other one waits for the next frame already: from then on they take turns.
        for face in known[::2]:
            overlaps = [(before.last.iou(face.last), before) for before in self._known]
            overlap, before = max(overlaps, key=lambda each: each[0], default=(0.0, face))
            if overlap >= SAME_FACE_IOU:
                face.goes_on(before, image)
        return known

    def _followed(self, image: NDArray[np.uint8], time_s: float) -> Detections | None:
        due = [face for face in self._known if not face.waits(time_s, image)]
        seen = self._look_near(image, due) if due else []
        if seen is None:
            return None
        for face, (box, score) in zip(due, seen, strict=True):
            face.saw(_moved(face, box), score, time_s, image)
        found = [(face.at(time_s), face.score) for face in self._known]
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


def _samples(image: NDArray[np.uint8], box: Box) -> NDArray[np.int16]:
    """Some pixels of a box, evenly spread: (n, m, 3) int16, empty where it is outside."""
    x, y = max(0, round(box.x)), max(0, round(box.y))
    right, bottom = round(box.x + box.width), round(box.y + box.height)
    step_x, step_y = max(1, round(box.width / SAMPLES)), max(1, round(box.height / SAMPLES))
    return image[y : max(bottom, y) : step_y, x : max(right, x) : step_x].astype(np.int16)


def _region(box: Box) -> Box:
    side = max(box.width, box.height) * REACH
    x, y = box.center
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
    (x, y), (x0, y0), (x1, y1) = near.center, face.near.center, face.whole.center
    x, y = x + (x1 - x0) * grown[0], y + (y1 - y0) * grown[1]
    return Box(x - width / 2, y - height / 2, width, height)
