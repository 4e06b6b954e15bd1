"""Which scaled copy of a frame to look at next, so that a stream is fast and misses little."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mimika.detection import HIGH_SCORE
from mimika.tracking.region import SAME_FACE_IOU

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detections, Detector

SCOUT_EVERY_S = 0.5
FAR_SCOUT_EVERY = 4
SMALL_IN_COPY = 28.0


class ScaleSchedule:
    """Looks at the smallest copy, scouts larger ones, and stays where the faces are.

    A face is found reliably from 24 pixels in the copy, and a larger copy costs several times more.
    So every `SCOUT_EVERY_S` seconds the next larger copy is looked at as well, every fourth time
    the largest; when it shows a face that the present one misses, it becomes the present one, until
    all faces are large enough again. A face that needs the next copy thus appears at most half a
    second late, one that needs the largest two seconds, and all others at once.

    One schedule serves one stream; it is not thread-safe.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._level = 0
        self._scouted_s = -math.inf
        self._scouts = 0

    def reset(self) -> None:
        """Forget the stream."""
        self._level, self._scouts, self._scouted_s = 0, 0, -math.inf

    def detect(self, image: NDArray[np.uint8], time_s: float) -> Detections:
        """Find the faces of the next frame in the whole of it; see `RegionTracker.detect`."""
        sides = self._detector.sides
        found = self._detector.detect(image, sides[self._level])
        if not self.is_due(time_s):
            return found
        self._scouted_s = time_s
        self._scouts += 1
        longest = max(image.shape[:2])
        # A copy may be half as large again as the frame, not more: that would only blur it.
        useful = [level for level, side in enumerate(sides) if side <= longest * 1.5]
        above = [level for level in useful if level > self._level]
        if above:
            scouted = above[-1] if self._scouts % FAR_SCOUT_EVERY == 0 else above[0]
            closer = self._detector.detect(image, sides[scouted])
            known = found.at_least(HIGH_SCORE).boxes
            if any(
                all(box.iou(other) < SAME_FACE_IOU for other in known)
                for box in closer.at_least(HIGH_SCORE).boxes
            ):
                self._level = scouted
                return closer
        if self._level > 0:
            scale = sides[self._level - 1] / longest
            small = [b for b in found.boxes if min(b.width, b.height) * scale < SMALL_IN_COPY]
            if not small:
                self._level -= 1
        return found

    def pixels(self, image: NDArray[np.uint8]) -> float:
        """How many pixels the copy has that is looked at now."""
        sides, (height, width) = self._detector.sides, image.shape[:2]
        return sides[self._level] ** 2 * min(height, width) / max(height, width)

    def is_due(self, time_s: float) -> bool:
        """Whether the next look will be at a larger copy as well."""
        if len(self._detector.sides) == 1:
            return False
        # A clock that went back (a new file, a restarted stream) starts the count again.
        return not self._scouted_s <= time_s < self._scouted_s + SCOUT_EVERY_S
