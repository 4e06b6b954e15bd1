"""Several copies of a detector, so that several pictures are looked at at once."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from mimika.detection.detector import THOROUGH, Detector

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection.detector import Detections


class DetectorPool(Detector):
    """A detector that looks at up to `count` pictures at once, each with a copy of its own.

    Some engines let one run of a network wait for another; copies do not wait for each other. See
    `mimika.detection.detector.Detector`.
    """

    def __init__(self, open_one: Callable[[], Detector], count: int) -> None:
        """Open the copies.

        Args:
            open_one: opens a detector.
            count: how many copies.
        """
        copies = [open_one() for _ in range(count)]
        first = copies[0]
        self.name, self.engine, self.sides = first.name, first.engine, first.sides
        self.landmarks, self.box_to_crop = first.landmarks, first.box_to_crop
        self._free: queue.SimpleQueue[Detector] = queue.SimpleQueue()
        for copy in copies:
            self._free.put(copy)
        if first.detect_near is not None:
            self.detect_near = lambda image, regions, sides=(): self._with_free(
                lambda detector: detector.detect_near(image, regions, sides)
            )

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        return self._with_free(lambda detector: detector.detect(image, side))

    def _with_free(self, look: Callable[[Any], Any]) -> Any:
        detector = self._free.get()
        try:
            return look(detector)
        finally:
            self._free.put(detector)
