"""Looks near the known faces, elsewhere where something changed, and at all of it now and then.

A look at the whole frame costs about four times as much as one at a face, one at all its scaled
copies some thirty times as much, and in most frames they show nothing new.
`python scripts/measure_regions.py` prints what is saved and what changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection import HIGH_SCORE, NEAR_SIDE, Detection, Detections
from mimika.tracking.region import HARD_SIDE, SAME_FACE_IOU, RegionOfInterest
from mimika.tracking.scales import ScaleSchedule
from mimika.tracking.scan import FrameScan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detector, LookInSteps
    from mimika.schema.geometry import Box
    from mimika.tracking.tiles import Tile

DUPLICATE_IOU = 0.5
"""Overlap from which two known faces are one."""

MOST_NEAR = 16
"""Known faces that are looked at in one frame, at most; those that wait longest come first."""

SHOWN_PX = 24.0
"""Length in the smallest copy from which it surely shows a face."""

SPREAD_S = 0.07
"""Between frames that are further apart no look is shared: it would come late."""

MOST_SPREAD_S = 0.2
"""How long frames share a look at most."""


@dataclass(frozen=True, slots=True)
class _SharedLook:
    """A look at the smallest copy that several frames share.

    Attributes:
        look: what is left of it.
        time_s: of the frame that it shows, in seconds.
        near: boxes of the looks near known faces in that frame.
        soon: whether something changed, so that each frame is to do a part of it.
    """

    look: LookInSteps
    time_s: float
    near: Mapping[RegionOfInterest, Box]
    soon: bool


class RegionTracker:
    """Finds the faces of a stream.

    - Known faces are looked at near their places. A slow one, which moved little and whose pixels
      changed little, is looked at in every other frame of a camera; in between it is taken to move
      on as it did. Several take turns, so that all frames take about as long.
    - The whole smallest copy is looked at when something changed beside the known faces, up to
      seven times a second: a new face appears that much later, and up to three frames. Where
      nothing changed it is looked at twice a second (`FrameScan`). The frames that follow share
      the work, those with nothing else to do first, so that none takes much longer.
    - It is also looked at when no face is known, so that the first one appears at once, and when
      a known one is not found near its place: it moved fast, turned away, was covered, or the scene
      changed.
    - Small faces are looked for in tiles of the larger copies, one in a frame, so that no frame
      takes much longer than another. A new scene is looked at in all of them within its first
      frames.

    A detector without `detect_near` looks at the whole of every frame, and at larger copies now and
    then (`ScaleSchedule`).

    It serves one stream and is not thread-safe.

    Attributes:
        busy: whether the last frame was looked at for anything.
    """

    def __init__(self, detector: Detector, *, everywhere: bool = False) -> None:
        """Begin.

        Args:
            detector: finds the faces.
            everywhere: look at the whole of every frame.
        """
        self._detector = detector
        self._schedule = ScaleSchedule(detector)
        self._detect_near = None if everywhere else detector.detect_near
        self._scan = FrameScan(detector.sides[1:])
        self._regions: list[RegionOfInterest] = []
        self._shared: _SharedLook | None = None
        self._waited = False
        self._time_s = 0.0
        self._doubtful = False
        self.busy = True

    def reset(self) -> None:
        """Forget the stream."""
        self._schedule.reset()
        self._scan.reset()
        self._regions, self._doubtful, self._shared = [], False, None

    def detect(self, image: NDArray[np.uint8], time_s: float) -> Detections:
        """Find the faces of the stream's next frame.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: the frame's time in seconds.

        Returns:
            As `Detector.detect`.
        """
        if self._detect_near is None:
            return self._schedule.detect(image, time_s)
        if self._scan.begin(image, time_s):
            self._regions, self._shared = [], None
        self._scan.know(region.square for region in self._regions)
        passed_s, self._time_s = time_s - self._time_s, time_s
        hard = any(region.score < HIGH_SCORE for region in self._regions)
        due = self._due(image, time_s)
        whole_due = self._scan.whole_is_due(sooner=hard)
        may_share = self._detector.begin is not None and passed_s <= SPREAD_S
        whole = not self._regions or self._doubtful or (whole_due and not may_share)
        step = self._shared is not None and self._has_time(self._shared, due)
        tiles = self._scan.tiles(beside=2 if whole or whole_due else bool(due) or step)
        lost = self._follow(image, time_s, due, self._look_near(image, due, time_s))
        if step and not (whole or lost):
            whole = self._go_on(image, time_s)
        others = Detections()
        if whole or lost or not self._regions:
            others = self._look_at_whole(image, time_s, lost)
        elif whole_due and self._shared is None:
            self._begin(image, time_s)
        for tile, found in zip(tiles, self._look_at_tiles(image, tiles), strict=True):
            faces = [found[i] for i in range(len(found)) if tile.shows_whole(found.boxes[i])]
            self._meet(image, time_s, faces)
        self.busy = bool(due or whole or step or tiles)
        return self._known(time_s, others)

    def _has_time(self, shared: _SharedLook, due: Sequence[RegionOfInterest]) -> bool:
        """Whether this frame is to go on with a shared look; it is put off by a frame at most."""
        self._waited = not (shared.soon or not due or self._waited)
        return not self._waited

    def _begin(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Begin a look at the smallest copy."""
        if self._detector.begin is None:
            return
        look = self._detector.begin(image, self._detector.sides[0])
        self._shared = _SharedLook(look, time_s, self._near_at(time_s), self._scan.whole_changed)
        self._scan.saw_whole()

    def _go_on(self, image: NDArray[np.uint8], time_s: float) -> bool:
        """Do the next part of the look at the smallest copy.

        Returns:
            Whether it shows a new face, which is to be looked at in this frame's copy.
        """
        shared = self._shared
        if shared is None:
            return False
        found = shared.look.step()
        if found is None and time_s - shared.time_s > MOST_SPREAD_S:
            found = shared.look.step()
        if found is None:
            return False
        self._shared = None
        self._compare(image, shared.time_s, found, shared.near)
        known = [region.predict(shared.time_s) for region in self._regions]
        new = [found[i] for i, box in enumerate(found.boxes) if not _is_known(box, known)]
        if any(face.score >= HIGH_SCORE for face in new):
            return True
        self._meet(image, time_s, new)
        return False

    def _near_at(self, time_s: float) -> dict[RegionOfInterest, Box]:
        """Boxes of the looks near known faces in a frame."""
        return {region: region.last_near for region in self._regions if region.time_s == time_s}

    def _due(self, image: NDArray[np.uint8], time_s: float) -> list[RegionOfInterest]:
        """The known faces that are to be looked at in this frame."""
        due = [region for region in self._regions if not region.may_skip(time_s, image)]
        if len(due) > MOST_NEAR:
            due = sorted(due, key=lambda region: region.time_s)[:MOST_NEAR]
        return due

    def _follow(
        self,
        image: NDArray[np.uint8],
        time_s: float,
        due: Sequence[RegionOfInterest],
        looks: Sequence[Detections],
    ) -> list[RegionOfInterest]:
        """Take in the looks near known faces; those that are not there are forgotten.

        Returns:
            The faces that are not there.
        """
        lost = []
        for region, look in zip(due, looks, strict=False):
            seen = region.find(look, time_s)
            if seen is None:
                lost.append(region)
            else:
                region.update(seen, time_s, image)
        if due:
            self._regions = _distinct(region for region in self._regions if region not in lost)
            # Those that were looked at together are from now on looked at in turns.
            for region in due[-(-len(self._regions) // 2) :]:
                region.pixels = None
        return lost

    def _look_at_whole(
        self, image: NDArray[np.uint8], time_s: float, lost: Sequence[RegionOfInterest]
    ) -> Detections:
        """Look at the smallest copy, and get to know the faces there.

        Returns:
            Faces that are seen only so, not near.
        """
        found = self._detector.detect(image, self._detector.sides[0])
        self._scan.saw_whole()
        self._shared = None
        for region in lost:
            self._scan.hurry(region.box)
        self._compare(image, time_s, found, self._near_at(time_s))
        before = [region.predict(time_s) for region in lost]
        self._meet(image, time_s, [found[i] for i in range(len(found))], before)
        known = [region.predict(time_s) for region in self._regions]
        others = found.kept([i for i, box in enumerate(found.boxes) if not _overlaps(box, known)])
        self._doubtful = any(score >= HIGH_SCORE for score in others.scores)
        return others

    def _compare(
        self,
        image: NDArray[np.uint8],
        time_s: float,
        found: Detections,
        near: Mapping[RegionOfInterest, Box],
    ) -> None:
        """Hold the known faces to a look at a frame's smallest copy.

        Args:
            image: the present frame.
            time_s: of the frame that was looked at, in seconds.
            found: in it.
            near: boxes of the looks near known faces in it.
        """
        scale = self._detector.sides[0] / max(image.shape[:2])
        for region in tuple(self._regions):
            if min(region.box.width, region.box.height) * scale < SHOWN_PX:
                continue
            expected = region.predict(time_s)
            overlaps = [box.iou(expected) for box in found.boxes]
            best = max(range(len(found)), key=overlaps.__getitem__, default=None)
            if best is None or overlaps[best] < SAME_FACE_IOU:
                if region.score < HIGH_SCORE:
                    self._regions.remove(region)
            elif region in near and found.scores[best] >= HIGH_SCORE:
                region.match(found[best], near[region], time_s, image)

    def _meet(
        self,
        image: NDArray[np.uint8],
        time_s: float,
        faces: Sequence[Detection],
        before: Sequence[Box] = (),
    ) -> None:
        """Get to know the faces that are new, if a look near shows them as well.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: the frame's time in seconds.
            faces: in this frame. Those with a low score are looked at closer: they are faces where
                that shows them with a high one, or if they continue one that was known.
            before: where faces were known that have just been lost.
        """
        known = [region.predict(time_s) for region in self._regions]
        new = [RegionOfInterest(*face, time_s) for face in faces if not _is_known(face.box, known)]
        for region in new:
            region.side = NEAR_SIDE if region.score >= HIGH_SCORE else HARD_SIDE
        for region, look in zip(new, self._look_near(image, new, time_s), strict=True):
            seen = region.find(look, time_s)
            if seen is None:
                continue
            if region.score < HIGH_SCORE:
                if seen.score < HIGH_SCORE and not _overlaps(region.box, before):
                    continue
                region.score = seen.score
            region.near = region.last_near = seen.box
            # Every other one waits for the next frame already: from then on they take turns.
            if len(self._regions) % 2:
                region.plan_skip(image)
            self._regions.append(region)
        self._regions = _distinct(self._regions)

    def _look_near(
        self, image: NDArray[np.uint8], regions: Sequence[RegionOfInterest], time_s: float
    ) -> Sequence[Detections]:
        """Look near faces, in one run."""
        if self._detect_near is None or not regions:
            return ()
        squares = [region.look_at(time_s) for region in regions]
        return self._detect_near(image, squares, [region.side for region in regions])

    def _look_at_tiles(
        self, image: NDArray[np.uint8], tiles: Sequence[Tile]
    ) -> Sequence[Detections]:
        """Look at tiles; beside those in one run, a known face would get another box."""
        if self._detect_near is None or not tiles:
            return ()
        return self._detect_near(image, [tile.box for tile in tiles], [tile.side for tile in tiles])

    def _known(self, time_s: float, others: Detections) -> Detections:
        """The known faces where they are now, and others."""
        found = [others[i] for i in range(len(others))]
        for region in self._regions:
            box = region.predict(time_s)
            points = region.box.carry(region.landmarks, box) if region.landmarks else {}
            found.append(Detection(box, region.score, points))
        found.sort(key=lambda face: -face.score)
        boxes, scores, landmarks = zip(*found, strict=True) if found else ((), (), ())
        return Detections(boxes, scores, landmarks if any(landmarks) else ())


def _overlaps(box: Box, others: Iterable[Box]) -> bool:
    return any(box.iou(other) >= SAME_FACE_IOU for other in others)


def _is_known(box: Box, known: Sequence[Box]) -> bool:
    return _overlaps(box, known) or any(_holds(each, box) for each in known)


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of `other` lies in `box`."""
    x, y = other.center
    return box.x < x < box.x + box.width and box.y < y < box.y + box.height


def _distinct(regions: Iterable[RegionOfInterest]) -> list[RegionOfInterest]:
    """The faces without those that have come to be the same as another of a higher score."""
    kept: list[RegionOfInterest] = []
    for region in sorted(regions, key=lambda each: -each.score):
        if all(region.box.iou(other.box) < DUPLICATE_IOU for other in kept):
            kept.append(region)
    return kept
