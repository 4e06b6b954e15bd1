"""From the outputs of YuNet to boxes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.detection.detector import LOW_SCORE, Detections
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STRIDES = (8, 16, 32)
SUPPRESSION_IOU = 0.3


def decode(
    outputs: Sequence[NDArray[np.float32]], rows: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Turn the network's outputs into boxes.

    Args:
        outputs: cls, obj (1, n, 1) and bbox (1, n, 4) for the strides 8, 16, 32, kind by kind.
        rows: height of the picture that the network saw, in pixels.
        columns: its width, likewise.

    Returns:
        Boxes (N, 4) float32 as x, y, width, height in pixels of that picture, and scores (N,)
        float32 of LOW_SCORE or more; not yet suppressed.
    """
    levels = len(STRIDES)
    kinds = [
        np.concatenate([each.reshape(-1, width) for each in outputs[first : first + levels]])
        for first, width in ((0, 1), (levels, 1), (2 * levels, 4))
    ]
    product = (kinds[0] * kinds[1])[:, 0]
    # The score is the root of the product; the threshold is squared instead of every product.
    found = np.flatnonzero(product >= LOW_SCORE * LOW_SCORE)
    corners, strides = (each[found] for each in _cells(rows, columns))
    offsets = kinds[2][found] * strides
    extent = np.exp(kinds[2][found, 2:]) * strides
    boxes = np.concatenate([corners + offsets[:, :2] - extent / 2, extent], axis=1)
    return boxes, np.sqrt(np.clip(product[found], 0, 1))


@lru_cache(maxsize=16)
def _cells(rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Upper left corners (n, 2) x, y and strides (n, 1) of the cells, in pixels, float32."""
    corners, strides = [], []
    for stride in STRIDES:
        x, y = np.meshgrid(np.arange(0, columns, stride), np.arange(0, rows, stride))
        corners.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def suppressed(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], min_face: int
) -> Detections:
    """Keep the best of the boxes that show the same face.

    Args:
        boxes: (N, 4) float32 as x, y, width, height in pixels of the full picture.
        scores: (N,) float32 in [0, 1].
        min_face: leave out faces whose shorter side has fewer pixels.

    Returns:
        The faces, best first.
    """
    if not len(boxes):
        return Detections()
    # One box has nothing to be held against, and most looks find one or none.
    kept = [0] if len(boxes) == 1 else cv2.dnn.NMSBoxes(boxes, scores, LOW_SCORE, SUPPRESSION_IOU)
    kept = [i for i in np.asarray(kept, int).ravel() if boxes[i, 2:].min() >= min_face]
    return Detections(tuple(Box(*boxes[i].tolist()) for i in kept), tuple(scores[kept].tolist()))
