"""One known face: where it is, how it moves, when and where to look at it next."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mimika.detection import HIGH_SCORE, NEAR_SIDE
from mimika.schema.geometry import Box
from mimika.tracking.appearance import mean_difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detection, Detections
    from mimika.schema.geometry import Point

REGION_SCALE = 2.0
"""Side of the square that is looked at around a face, in lengths of its box's longer side."""

HARD_SIDE = 160
"""Side of the scaled square of a face that was hard to see, such as one that is turned away."""

MOST_OFF = 0.12
"""Shift of a face in its square, in lengths of the square, from which there is a new square."""

MOST_GROWN = 1.25
"""Growth of its square from which there is a new one."""

SAME_FACE_IOU = 0.3

SKIP_S = 0.05
"""How long a slow face is not looked at: every other frame of a camera or a film."""

SLOW = 0.8
"""Lengths of its box by which a slow face moves or grows in a second at most: 4% in `SKIP_S`."""

SAMPLES = 16
CHANGED = 12.0
"""Mean difference of `SAMPLES` squared pixels of a face, on the scale 0 to 255, from which it is
looked at all the same: more than a camera's noise makes, less than a face that jumps or goes."""


@dataclass(eq=False, slots=True)
class RegionOfInterest:
    """A known face and its surroundings.

    Looks at copies of different scales give slightly different boxes. So a look near the face tells
    only how far it has moved and grown since it was seen both ways, in a copy of the frame and
    near: boxes do not jump when the looks alternate.

    Attributes:
        whole: the face's box in a look at a copy of the frame, or at a tile of one.
        score: the last detection's.
        landmarks: likewise, by name; empty where the detector gives none.
        time_s: when it was last looked at, in seconds.
        near: its box in the look near it of the same frame as `whole`.
        last_near: its box in the last look near it.
        box: where it was when it was last looked at.
        speed: of its center and of its width and height, in pixels a second.
        skip_until_s: when it is to be looked at again.
        pixels: some of its pixels when it was last looked at; None where it is not to be skipped.
        square: what is looked at to see it.
        side: side of the square's scaled copy, in pixels.
    """

    whole: Box
    score: float
    landmarks: Mapping[str, Point]
    time_s: float
    near: Box = field(init=False)
    last_near: Box = field(init=False)
    box: Box = field(init=False)
    speed: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    skip_until_s: float = -math.inf
    pixels: NDArray[np.uint8] | None = None
    square: Box = field(init=False)
    side: int = NEAR_SIDE

    def __post_init__(self) -> None:
        """Put the square around the face."""
        self.near = self.last_near = self.box = self.whole
        self.square = _around(self.whole)

    def look_at(self, time_s: float) -> Box:
        """The square to look at to see it at `time_s`, the same while the face is well within.

        Another square gives another box of the same face, by a little.
        """
        wanted = _around(self.predict(time_s))
        (x, y), (old_x, old_y) = wanted.center, self.square.center
        off, grown = max(abs(x - old_x), abs(y - old_y)), wanted.width / self.square.width
        if not (off <= MOST_OFF * wanted.width and 1 / MOST_GROWN <= grown <= MOST_GROWN):
            self.square = wanted
        return self.square

    def find(self, detections: Detections, time_s: float) -> Detection | None:
        """The detection of a look at its square that shows it; None where there is none."""
        expected = self.predict(time_s)
        overlaps = [box.iou(expected) for box in detections.boxes]
        best = max(range(len(detections)), key=overlaps.__getitem__, default=None)
        if best is None or overlaps[best] < SAME_FACE_IOU:
            return None
        # A face at the square's edge may not be seen whole.
        return detections[best] if detections.boxes[best].is_within(self.square) else None

    def update(self, seen: Detection, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take in what a look at the square has shown.

        Args:
            seen: the face there.
            time_s: the frame's time in seconds.
            image: the frame, (H, W, 3) uint8 BGR.
        """
        box = self._as_in_whole(seen.box)
        self._measure_speed(self.box, time_s - self.time_s, box)
        self.last_near = seen.box
        if seen.score < HIGH_SCORE:
            self.side = HARD_SIDE
        self.box, self.score, self.landmarks, self.time_s = box, *seen[1:], time_s
        self.plan_skip(image)

    def match(self, whole: Detection, near: Box, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take in how a copy of a frame shows it that was also looked at near it.

        Args:
            whole: the face in the copy.
            near: its box in the look near it.
            time_s: that frame's time in seconds; there may have been looks since.
            image: the present frame, (H, W, 3) uint8 BGR.
        """
        self.whole, self.near = whole.box, near
        if self.time_s == time_s:
            self.box, self.score, self.landmarks = whole
        else:
            self.box = self._as_in_whole(self.last_near)
        if self.pixels is not None:
            self.plan_skip(image)

    def may_skip(self, time_s: float, image: NDArray[np.uint8]) -> bool:
        """Whether it need not be looked at in this frame."""
        if self.pixels is None or not self.time_s <= time_s < self.skip_until_s:
            return False
        return mean_difference(samples_of(image, self.box), self.pixels) < CHANGED

    def predict(self, time_s: float) -> Box:
        """Where it is at `time_s`, if it moves on as it did."""
        passed_s, (vx, vy, vw, vh), (x, y) = time_s - self.time_s, self.speed, self.box.center
        width = max(1.0, self.box.width + vw * passed_s)
        height = max(1.0, self.box.height + vh * passed_s)
        return Box(x + vx * passed_s - width / 2, y + vy * passed_s - height / 2, width, height)

    def _as_in_whole(self, near: Box) -> Box:
        """The box in the look at the whole, moved and grown as the one in the looks near has."""
        grown = near.width / self.near.width, near.height / self.near.height
        width, height = self.whole.width * grown[0], self.whole.height * grown[1]
        (x, y), (x0, y0), (x1, y1) = near.center, self.near.center, self.whole.center
        x, y = x + (x1 - x0) * grown[0], y + (y1 - y0) * grown[1]
        return Box(x - width / 2, y - height / 2, width, height)

    def _measure_speed(self, before: Box, passed_s: float, now: Box) -> None:
        if passed_s > 0:
            (x0, y0), (x1, y1) = before.center, now.center
            moved = (x1 - x0, y1 - y0, now.width - before.width, now.height - before.height)
            vx, vy, vw, vh = (v / passed_s for v in moved)
            self.speed = vx, vy, vw, vh

    def plan_skip(self, image: NDArray[np.uint8]) -> None:
        """Decide whether it may be left out in the next frame."""
        self.pixels = None
        if self._is_slow() and (pixels := samples_of(image, self.box)).size:
            self.skip_until_s, self.pixels = self.time_s + SKIP_S, pixels

    def _is_slow(self) -> bool:
        most = SLOW * max(self.box.width, self.box.height)
        return all(abs(v) < most for v in self.speed)


def _around(box: Box) -> Box:
    """The square to look at around a face."""
    side = max(box.width, box.height) * REGION_SCALE
    x, y = box.center
    return Box(x - side / 2, y - side / 2, side, side)


def samples_of(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Some pixels of a box, evenly spread: (n, m, 3) uint8, empty where it is outside."""
    x, y = max(0, round(box.x)), max(0, round(box.y))
    right, bottom = round(box.x + box.width), round(box.y + box.height)
    step_x, step_y = max(1, round(box.width / SAMPLES)), max(1, round(box.height / SAMPLES))
    return image[y : max(bottom, y) : step_y, x : max(right, x) : step_x].copy()
