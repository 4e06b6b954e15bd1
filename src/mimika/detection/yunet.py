"""YuNet (Wu, Peng & Yu 2023, doi 10.1007/s11633-023-1423-y) in ONNX Runtime: the default.

Which copy it looks at. On the test pictures a face is found reliably from 24 pixels in the copy,
half of the time at 20, hardly ever at 14; and one that fills the copy is found in copies up to 640
pixels, not in larger ones (a 1280x1920 close-up is found at 128 to 640, not at 960 or 1280). A
copy of 320 takes a third of the time of one of 640, a tenth of one of 1280. So a stream looks at a
copy whose longer side is 320 and scouts larger ones now and then (`schedule.py`), and a still
picture is looked at in all three. `python scripts/measure_scales.py` prints the tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.detection.detector import FAINT, THOROUGH, Detections
from mimika.engines import open_session
from mimika.errors import ModelError
from mimika.results import Box
from mimika.scaling import shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUNDLED = Path(__file__).parent.parent / "assets" / "yunet.onnx"
STRIDES = (8, 16, 32)
SUPPRESSION_IOU = 0.3
SIDES = (320, 640, 1280)
SMALL_PIXELS = 320 * 320
TILE = 96


class YuNet:
    """The YuNet network on scaled copies. See `mimika.detection.detector.Detector`."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        min_face: int = 1,
        engine: str = "auto",
        threads: int = 0,
    ) -> None:
        """Load the network.

        Args:
            path: a YuNet file of your own with the outputs cls_8 … bbox_32; None for the bundled.
            min_face: shortest side of a face that is reported, in pixels of the full picture.
            engine: what is to run it.
            threads: processor threads; 0 takes what suits the machine.

        Raises:
            ModelError: the file is missing, broken or no YuNet.
        """
        self.name = "yunet" if path is None else str(path)
        self._session = open_session(path or BUNDLED, engine=engine, threads=threads)
        self.engine = self._session.engine
        # For small copies threads cost more than they bring: a tile of 96 pixels took 0.34 ms on
        # one thread and 0.8 ms on two that had to be woken.
        self._small = self._session
        if self.engine == "cpu" and threads != 1:
            self._small = open_session(path or BUNDLED, engine="cpu", threads=1)
        self._min_face = min_face
        self._outputs = [
            f"{kind}_{stride}" for kind in ("cls", "obj", "bbox") for stride in STRIDES
        ]
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

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        if side != THOROUGH:
            boxes, scores = self._look(image, side)
        else:
            looks = [self._look(image, each) for each in self._thorough_sides(max(image.shape[:2]))]
            boxes = np.concatenate([found for found, _ in looks])
            scores = np.concatenate([score for _, score in looks])
        return _suppressed(boxes, scores, self._min_face)

    def _thorough_sides(self, longest: int) -> tuple[int, ...]:
        if self._canvas is not None:
            return self.sides
        # Enlarged by half a picture still shows smaller faces; more would only blur it.
        return (self.sides[0], *(side for side in self.sides[1:] if side <= longest * 1.5))

    def _look(
        self, image: NDArray[np.uint8], side: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Look at one scaled copy: boxes (N, 4) x, y, width, height in full pixels, scores (N,)."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        copy = shrunk(image, *size) if scale < 1 else cv2.resize(image, size)
        rows, columns = self._canvas or (-(-size[1] // 32) * 32, -(-size[0] // 32) * 32)
        boxes, scores = self._run(copy, rows, columns)
        stretch = np.array([width / size[0], height / size[1]] * 2, np.float32)
        return boxes * stretch, scores

    def detect_in(self, image: NDArray[np.uint8], region: Box) -> Detections:
        """Find the faces of a square region of a picture, one of about half its size.

        Args:
            image: (H, W, 3) uint8 BGR.
            region: in pixels of `image`; it may reach beyond it.

        Returns:
            As `detect`; faces in other parts of the picture are not looked for.
        """
        side = max(1, round(region.width))
        left, top = max(round(region.x), 0), max(round(region.y), 0)
        part = image[top : max(round(region.y) + side, 0), left : max(round(region.x) + side, 0)]
        scale = TILE / side
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        if min(size) < 1:
            return Detections()
        copy = shrunk(part, *size) if scale < 1 else cv2.resize(part, size)
        boxes, scores = self._run(copy, TILE, TILE)
        boxes = boxes / scale
        boxes[:, :2] += (left, top)
        return _suppressed(boxes, scores, self._min_face)

    def _run(
        self, copy: NDArray[np.uint8], rows: int, columns: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network on a picture in the corner of a black canvas; boxes in its pixels."""
        height, width = copy.shape[:2]
        # (1, 3, rows, columns) float32 BGR 0-255. blobFromImage took 4.3 ms for this at 640x480,
        # most of it for memory that it asks the system for; this takes 0.4 ms.
        planes = np.zeros((1, 3, rows, columns), np.float32)
        for plane, channel in zip(planes[0], cv2.split(copy), strict=True):
            plane[:height, :width] = channel
        session = self._small if rows * columns <= SMALL_PIXELS else self._session
        return decode(session.run(self._outputs, {self._input: planes}), columns)


def decode(
    outputs: list[NDArray[np.float32]], columns: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Turn the network's outputs into boxes.

    Args:
        outputs: cls, obj (1, n, 1) and bbox (1, n, 4) for the strides 8, 16, 32, kind by kind.
        columns: width of the picture that the network saw, in pixels.

    Returns:
        Boxes (N, 4) float32 as x, y, width, height in pixels of that picture, and scores (N,)
        float32 of FAINT or more; not yet suppressed.
    """
    boxes, scores = [], []
    for level, stride in enumerate(STRIDES):
        product = outputs[level].ravel() * outputs[level + 3].ravel()
        # The score is the root of the product; the threshold is squared instead of every product.
        if product.max() < FAINT * FAINT:
            continue
        found = np.flatnonzero(product >= FAINT * FAINT)
        offsets = outputs[level + 6].reshape(-1, 4)[found]
        row, column = np.divmod(found, columns // stride)
        extent = np.exp(offsets[:, 2:]) * stride
        centre = (offsets[:, :2] + np.stack([column, row], axis=1)) * stride
        boxes.append(np.concatenate([centre - extent / 2, extent], axis=1))
        scores.append(np.sqrt(np.clip(product[found], 0, 1)))
    if not boxes:
        return np.empty((0, 4), np.float32), np.empty(0, np.float32)
    return np.concatenate(boxes).astype(np.float32), np.concatenate(scores).astype(np.float32)


def _suppressed(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], min_face: int
) -> Detections:
    if not len(boxes):
        return Detections()
    kept = cv2.dnn.NMSBoxes(boxes, scores, FAINT, SUPPRESSION_IOU)
    kept = [i for i in np.asarray(kept, int).ravel() if boxes[i, 2:].min() >= min_face]
    return Detections(
        tuple(Box(*(float(v) for v in boxes[i])) for i in kept),
        tuple(float(scores[i]) for i in kept),
    )
