"""From the outputs of YuNet to boxes."""

from __future__ import annotations

import math
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
OUTPUTS = tuple(f"faces_{stride}" for stride in STRIDES)
"""Of the bundled network, see `scripts/merge_detector_heads.py`."""

PUBLISHED_OUTPUTS = tuple(
    f"{kind}_{stride}" for kind in ("cls", "obj", "bbox") for stride in STRIDES
)
SUPPRESSION_IOU = 0.3

# The score is the root of a product of two probabilities, so each of them is at least its square.
LEAST_PRODUCT = LOW_SCORE * LOW_SCORE
LEAST_LOGIT = math.log(LEAST_PRODUCT / (1 - LEAST_PRODUCT))


def merged(published: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """What the bundled network would have given.

    Args:
        published: cls, obj (1, n, 1), probabilities, and bbox (1, n, 4) for the strides 8, 16, 32,
            kind by kind.

    Returns:
        (1, n, 6) for the strides, as `decode` takes them.
    """
    levels = len(STRIDES)
    with np.errstate(divide="ignore"):
        logits = [np.log(each) - np.log1p(-each) for each in published[: 2 * levels]]
    boxes = published[2 * levels :]
    return [
        np.concatenate([*pair, box], axis=2)
        for *pair, box in zip(logits[:levels], logits[levels:], boxes, strict=True)
    ]


def decode(
    outputs: Sequence[NDArray[np.float32]], rows: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Turn the network's outputs into boxes.

    Args:
        outputs: (1, n, 6) for the strides 8, 16, 32: the logits of class and objectness, and the
            box in strides, its size as a logarithm.
        rows: height of the picture that the network saw, in pixels.
        columns: its width, likewise.

    Returns:
        Boxes (N, 4) float32 as x, y, width, height in pixels of that picture, and scores (N,)
        float32 of LOW_SCORE or more; not yet suppressed.
    """
    cells = np.concatenate([each[0] for each in outputs])
    found = np.flatnonzero(np.minimum(cells[:, 0], cells[:, 1]) >= LEAST_LOGIT)
    if not len(found):
        return np.empty((0, 4), np.float32), np.empty(0, np.float32)
    cells = cells[found]
    class_and_object = 1 / (1 + np.exp(-cells[:, :2]))
    product = class_and_object[:, 0] * class_and_object[:, 1]
    high = product >= LEAST_PRODUCT
    cells, product, places = cells[high], product[high], _places(rows, columns)[found[high]]
    strides = places[:, 2:]
    extent = np.exp(cells[:, 4:]) * strides
    middle = places[:, :2] + cells[:, 2:4] * strides
    return np.concatenate([middle - extent / 2, extent], axis=1), np.sqrt(product)


@lru_cache(maxsize=16)
def _places(rows: int, columns: int) -> NDArray[np.float32]:
    """Upper left corners of the cells and their strides, (n, 3) float32 x, y, stride in pixels."""
    places = []
    for stride in STRIDES:
        x, y = np.meshgrid(np.arange(0, columns, stride), np.arange(0, rows, stride))
        places.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], axis=1))
    return np.concatenate(places).astype(np.float32)


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
    best = np.asarray(kept, int).ravel()
    found = [
        (Box(x, y, width, height), score)
        for (x, y, width, height), score in zip(
            boxes[best].tolist(), scores[best].tolist(), strict=True
        )
        if min(width, height) >= min_face
    ]
    return Detections(tuple(box for box, _ in found), tuple(score for _, score in found))
