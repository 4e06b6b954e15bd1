"""Looks everywhere several times a second, and in between only where the faces are.

A look at the whole frame costs about four times as much as one at a face, and in most frames shows
nothing new. `python scripts/measure_regions.py` prints what is saved and what changes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mimika.detection import Detections
from mimika.tracking.region import SAME_FACE_IOU, RegionOfInterest
from mimika.tracking.scales import ScaleSchedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detection, Detector

WHOLE_EVERY_S = 0.15
"""How often the whole frame is looked at."""

PIXELS_NEAR = 13_000
"""What a look at one face costs, in pixels of a scaled copy that takes as long to look at."""


class RegionTracker:
    """Finds the faces of a stream, by a look at the whole frame or only near the known faces.

    The whole frame is looked at

    - when the last such look was `WHOLE_EVERY_S` seconds ago: a new face appears at most so much
      and one frame later than if every frame were looked at whole,
    - when no face is known: the first one appears at once,
    - when a known face is not found near its place (it moved fast, turned away, was covered, or the
      scene changed): what became of it is decided as if there were no regions,
    - when there are so many faces that it costs no more,
    - when a scout for small faces is due (`ScaleSchedule`),
    - always, where the detector has no `detect_near`.

    A slow face, which moved little and whose pixels changed little, is looked at in every other
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
        self._detect_near = None if everywhere else detector.detect_near
        self._regions: list[RegionOfInterest] = []
        self._whole_s = math.inf

    def reset(self) -> None:
        """Forget the stream."""
        self._schedule.reset()
        self._regions, self._whole_s = [], math.inf

    def detect(self, image: NDArray[np.uint8], time_s: float) -> Detections:
        """Find the faces of the stream's next frame.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: the frame's time in seconds.

        Returns:
            As `Detector.detect`.
        """
        # A clock that went back (a new file, a restarted stream) is no reason to look less.
        recent = self._whole_s <= time_s < self._whole_s + WHOLE_EVERY_S
        if self._regions and recent and not self._schedule.is_due(time_s):
            found = self._detect_in_regions(image, time_s)
            if found is not None:
                return found
        self._whole_s = time_s
        found = self._schedule.detect(image, time_s)
        self._regions = self._begin_regions(image, found, time_s)
        return found

    def _begin_regions(
        self, image: NDArray[np.uint8], found: Detections, time_s: float
    ) -> list[RegionOfInterest]:
        """Look near each face of a look at the whole; no regions where one is not seen so."""
        if not found or len(found) * PIXELS_NEAR > self._schedule.pixels(image):
            return []
        regions = [RegionOfInterest(*found[i], time_s) for i in range(len(found))]
        seen = self._look_near(image, regions)
        if seen is None:
            return []
        for region, look in zip(regions, seen, strict=True):
            region.near = look.box
        # Every other one waits for the next frame already: from then on they take turns.
        for region in regions[::2]:
            overlaps = [(earlier.box.iou(region.box), earlier) for earlier in self._regions]
            overlap, earlier = max(overlaps, key=lambda each: each[0], default=(0.0, region))
            if overlap >= SAME_FACE_IOU:
                region.continue_from(earlier, image)
        return regions

    def _detect_in_regions(self, image: NDArray[np.uint8], time_s: float) -> Detections | None:
        """Look near the known faces; None where one of them is not there."""
        due = [region for region in self._regions if not region.may_skip(time_s, image)]
        seen = self._look_near(image, due) if due else []
        if seen is None:
            return None
        for region, look in zip(due, seen, strict=True):
            region.update(look, time_s, image)
        regions = sorted(self._regions, key=lambda region: -region.score)
        boxes = tuple(region.predict(time_s) for region in regions)
        points = (
            region.box.carry(region.landmarks, box)
            for region, box in zip(regions, boxes, strict=True)
        )
        landmarks = tuple(points) if any(region.landmarks for region in regions) else ()
        return Detections(boxes, tuple(region.score for region in regions), landmarks)

    def _look_near(
        self, image: NDArray[np.uint8], regions: Sequence[RegionOfInterest]
    ) -> list[Detection] | None:
        """Known faces in looks near them; None where one is not there."""
        if self._detect_near is None:
            return None
        looks = self._detect_near(image, [region.square for region in regions])
        seen = [region.find(look) for region, look in zip(regions, looks, strict=True)]
        return None if None in seen else [each for each in seen if each is not None]
