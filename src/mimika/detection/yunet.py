"""YuNet (Wu, Peng & Yu 2023, doi 10.1007/s11633-023-1423-y) in ONNX Runtime: the default.

Which copy it looks at. On the test pictures a face is found reliably from 24 pixels in the copy,
half of the time at 20, hardly ever at 14; and one that fills the copy is found in copies up to 640
pixels, not in larger ones (a 1280x1920 close-up is found at 128 to 640, not at 960 or 1280). A
copy of 320 takes a third of the time of one of 640, a tenth of one of 1280. So a stream looks at a
copy whose longer side is 320 and at tiles of larger ones (`mimika.tracking.tiles`), and a
still picture is looked at in all three. `python scripts/measure_scales.py` prints the tables.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import ModelError
from mimika.base.scaling import shrunk
from mimika.detection.detector import HIGH_SCORE, NEAR_SIDE, THOROUGH, Detector
from mimika.detection.parts import Part, drawn_together
from mimika.detection.tiling import centered_in, tile_corners, whole_in_tile
from mimika.detection.yunet_boxes import OUTPUTS, PUBLISHED_OUTPUTS, decode, merged, suppressed
from mimika.detection.yunet_steps import YuNetHalves
from mimika.engines import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.detection.detector import BeginLook, Detections, DetectNear, LookInSteps
    from mimika.schema.geometry import Box

SIDES = (320, 640, 1280)
# Faces from this length are shown by a copy, `python scripts/measure_small_faces.py`.
SHOWN_PX = 24
SMALL_PIXELS = 320 * 320

COARSE = 2
"""How `shrunk` makes the one copy that a stream looks at: it comes again, with other noise."""


class YuNet(Detector):
    """The YuNet network on scaled copies. See `mimika.detection.detector.Detector`."""

    def __init__(
        self,
        path: Path,
        *,
        min_face: int = 1,
        engine: str = "auto",
        threads: int = 0,
        halves: tuple[Path, Path] | None = None,
    ) -> None:
        """Load the network.

        Args:
            path: a YuNet network as published, with the outputs cls_8 … bbox_32, or as
                `scripts/merge_detector_heads.py` makes it of one.
            min_face: shortest side of a face that is reported, in pixels of the full picture.
            engine: what is to run it.
            threads: processor threads; 0 takes what suits the machine.
            halves: the same network in two files, as `scripts/split_detector.py` makes them.

        Raises:
            ModelError: the file is missing, broken or no YuNet.
        """
        self.name = str(path)
        self._session = open_session(path, engine=engine, threads=threads)
        self.engine = self._session.engine
        # For small copies threads cost more than they bring: a tile of 96 pixels took 0.34 ms on
        # one thread and 0.8 ms on two that had to be woken.
        self._small = self._session
        if self.engine == "cpu" and threads != 1:
            self._small = open_session(path, engine="cpu", threads=1)
        self._min_face = min_face
        self._merged = set(OUTPUTS) <= set(self._session.outputs)
        self._outputs = OUTPUTS if self._merged else PUBLISHED_OUTPUTS
        if not set(self._outputs) <= set(self._session.outputs) or len(self._session.inputs) != 1:
            raise ModelError(
                f"{self.name} is not a YuNet network (outputs {self._outputs[0]} … "
                f"{self._outputs[-1]} expected): give a YuNet .onnx file or use --detector yunet."
            )
        ((self._input, shape),) = self._session.inputs.items()
        # Some published files have one fixed input size; the copy is then placed on that canvas.
        fixed = [size for size in shape[2:] if isinstance(size, int)]
        self._canvas = (fixed[0], fixed[1]) if len(fixed) == 2 else None
        self.sides: tuple[int, ...] = SIDES if self._canvas is None else (min(fixed),)
        self.detect_near: DetectNear | None = self._detect_near if self._canvas is None else None
        self.begin: BeginLook | None = None
        if halves is not None and self.engine == "cpu":
            self._halves = YuNetHalves(*halves)
            self.begin = self._begin

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        if side != THOROUGH:
            boxes, scores = self._look(image, side, coarse=COARSE)
        else:
            looks = [self._look(image, each) for each in self._thorough_sides(max(image.shape[:2]))]
            boxes = np.concatenate([found for found, _ in looks])
            scores = np.concatenate([score for _, score in looks])
            boxes, scores = self._with_tiles(image, boxes, scores)
        return suppressed(boxes, scores, self._min_face)

    def _with_tiles(
        self, image: NDArray[np.uint8], boxes: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Add the small faces of a picture that is larger than the largest copy.

        It is looked at in tiles, at a scale that shows the smallest faces that are wanted.
        """
        height, width = image.shape[:2]
        scale = min(1.0, SHOWN_PX / self._min_face)
        side, longest = self.sides[-1], scale * max(height, width)
        if self._canvas is not None or longest <= side:
            return boxes, scores
        size = (round(width * scale), round(height * scale))
        copy = shrunk(image, *size) if scale < 1 else image
        # Larger faces are seen in the copy of the whole.
        overlap = min(side // 2, math.ceil(SHOWN_PX * longest / side))
        surely = boxes[scores >= HIGH_SCORE]
        found, found_scores = [boxes], [scores]
        for x, y in tile_corners(*size, side, overlap):
            tile = copy[y : y + side, x : x + side]
            rows, columns = (-(-length // 32) * 32 for length in tile.shape[:2])
            own, own_scores = self._run(tile, rows, columns)
            # Boxes that are cut, or larger than what tiles are for, are seen better elsewhere.
            good = whole_in_tile(own, (x, y), side, size) & (own[:, 2:].max(1) < 1.5 * overlap)
            own, own_scores = own[good], own_scores[good]
            own[:, :2] += (x, y)
            own /= np.float32(scale)
            # What the copies show already keeps its box from there.
            new = ~centered_in(own, surely)
            found.append(own[new])
            found_scores.append(own_scores[new])
        return np.concatenate(found), np.concatenate(found_scores)

    def _thorough_sides(self, longest: int) -> tuple[int, ...]:
        if self._canvas is not None:
            return self.sides
        # Enlarged by half a picture still shows smaller faces; more would only blur it.
        return (self.sides[0], *(side for side in self.sides[1:] if side <= longest * 1.5))

    def _look(
        self, image: NDArray[np.uint8], side: int, coarse: int = 0
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Look at one scaled copy: boxes (N, 4) x, y, width, height in full pixels, scores (N,)."""
        copy, rows, columns, stretch = self._copy(image, side, coarse)
        boxes, scores = self._run(copy, rows, columns)
        return boxes * stretch, scores

    def _begin(self, image: NDArray[np.uint8], side: int) -> LookInSteps:
        """Begin a look at one scaled copy; see `Detector`."""
        copy, rows, columns, stretch = self._copy(image, side, COARSE)
        return self._halves.begin(planes_of(copy, rows, columns), stretch, self._min_face)

    def _copy(
        self, image: NDArray[np.uint8], side: int, coarse: int
    ) -> tuple[NDArray[np.uint8], int, int, NDArray[np.float32]]:
        """One scaled copy, rows and columns of its canvas, and what makes its boxes full pixels."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        copy = shrunk(image, *size, coarse=coarse) if scale < 1 else cv2.resize(image, size)
        rows, columns = self._canvas or (-(-size[1] // 32) * 32, -(-size[0] // 32) * 32)
        return copy, rows, columns, np.array([width / size[0], height / size[1]] * 2, np.float32)

    def _detect_near(
        self, image: NDArray[np.uint8], regions: Sequence[Box], sides: Sequence[int] = ()
    ) -> tuple[Detections, ...]:
        """Find the faces of regions, all in one run; see `Detector`."""
        sides = sides or [NEAR_SIDE] * len(regions)
        parts = [Part.of(image, *each) for each in zip(regions, sides, strict=True)]
        sheet, corners = drawn_together(parts)
        rows, columns = sheet.shape[:2]
        boxes, scores = self._run(sheet, rows, columns)
        middles = (boxes[:, :2] + boxes[:, 2:] / 2).tolist()
        found = []
        for part, (left, top) in zip(parts, corners, strict=True):
            own, own_scores = boxes, scores
            if len(parts) > 1:
                right, bottom = left + part.cell[0], top + part.cell[1]
                here = [
                    i for i, (x, y) in enumerate(middles) if left <= x < right and top <= y < bottom
                ]
                own, own_scores = boxes[here], scores[here]
            own[:, :2] -= (left, top)
            own /= part.scale
            own[:, :2] += part.origin
            found.append(suppressed(own, own_scores, self._min_face))
        return tuple(found)

    def _run(
        self, copy: NDArray[np.uint8], rows: int, columns: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network on a picture in the corner of a black canvas; boxes in its pixels."""
        planes = planes_of(copy, rows, columns)
        session = self._small if rows * columns <= SMALL_PIXELS else self._session
        found = session.run(self._outputs, {self._input: planes})
        return decode(found if self._merged else merged(found), rows, columns)


def planes_of(copy: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    """A picture, (H, W, 3) uint8, in the corner of a black canvas: (1, 3, rows, columns) float32.

    BGR, 0-255. For large pictures blobFromImage takes longer, and so does splitting what are
    numbers already.
    """
    height, width = copy.shape[:2]
    channels = np.zeros((3, rows, columns), np.uint8)
    cv2.mixChannels([copy], list(channels[:, :height, :width]), (0, 0, 1, 1, 2, 2))
    return channels[np.newaxis].astype(np.float32)
