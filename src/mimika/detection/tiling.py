"""Overlapping tiles of a picture that is too large to be looked at as one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE_PX = 2.0


def tile_corners(width: int, height: int, side: int, overlap: int) -> list[tuple[int, int]]:
    """Upper left corners (x, y) of tiles that cover a picture.

    Args:
        width: of the picture, in pixels.
        height: likewise.
        side: of a tile; at the picture's end a tile begins earlier, so that it has its side.
        overlap: pixels that neighbors share, at least; what is no larger is whole in some tile.
    """
    across, down = (_starts(length, side, overlap) for length in (width, height))
    return [(x, y) for y in down for x in across]


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    count = math.ceil((length - overlap) / (side - overlap))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def whole_in_tile(
    boxes: NDArray[np.float32], corner: tuple[int, int], side: int, size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Which boxes do not touch an edge of the tile behind which the picture goes on.

    Args:
        boxes: (N, 4) x, y, width, height in pixels of the tile.
        corner: the tile's upper left corner in the picture.
        side: the tile's.
        size: width and height of the picture.

    Returns:
        (N,) bool.
    """
    whole = np.ones(len(boxes), bool)
    for axis in (0, 1):
        begins, ends = boxes[:, axis], boxes[:, axis] + boxes[:, axis + 2]
        if corner[axis] > 0:
            whole &= begins > EDGE_PX
        if corner[axis] + side < size[axis]:
            whole &= ends < side - EDGE_PX
    return whole


def centered_in(small: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which boxes lie with their center in another: they show the same face, or a part of it.

    Args:
        small: (N, 4) x, y, width, height in pixels.
        faces: (M, 4) likewise.

    Returns:
        (N,) bool.
    """
    if not (len(small) and len(faces)):
        return np.zeros(len(small), bool)
    centers = (small[:, :2] + small[:, 2:] / 2)[:, None]
    inside = (centers > faces[None, :, :2]) & (centers < faces[None, :, :2] + faces[None, :, 2:])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1), dtype=np.bool_)
