"""Parts of a picture, scaled and drawn onto one sheet, so that a network sees them in one run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from mimika.base.scaling import shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

EVEN = 16
STRIDE = 32


class Part(NamedTuple):
    """A part of a picture.

    Attributes:
        pixels: (h, w, 3) uint8, what of it lies within the picture.
        scale: pixels of the sheet for one of the picture.
        origin: x, y of the upper left pixel in the picture.
        cell: width and height of its place on the sheet, multiples of `STRIDE` pixels.
    """

    pixels: NDArray[np.uint8]
    scale: float
    origin: tuple[int, int]
    cell: tuple[int, int]

    @classmethod
    def of(cls, image: NDArray[np.uint8], region: Box, side: int) -> Part:
        """Cut a region out; what lies beyond the picture is left out.

        Args:
            image: (H, W, 3) uint8.
            region: in pixels of `image`.
            side: its longer side on the sheet, in pixels.
        """
        # Sides that can be halved several times shrink faster.
        wide, high = (max(EVEN, round(v / EVEN) * EVEN) for v in (region.width, region.height))
        x, y = round(region.x), round(region.y)
        left, top = max(x, 0), max(y, 0)
        pixels = image[top : max(y + high, 0), left : max(x + wide, 0)]
        scale = side / max(wide, high)
        across, down = (-(-round(length * scale) // STRIDE) * STRIDE for length in (wide, high))
        return cls(pixels, scale, (left, top), (max(across, STRIDE), max(down, STRIDE)))

    def draw(self, cell: NDArray[np.uint8]) -> None:
        """Draw it into the upper left corner of a cell, (h, w, 3) uint8."""
        height, width = self.pixels.shape[:2]
        width, height = round(width * self.scale), round(height * self.scale)
        if min(width, height) < 1:
            return
        cell[:height, :width] = (
            shrunk(self.pixels, width, height, coarse=2)
            if self.scale < 1
            else cv2.resize(self.pixels, (width, height))
        )


def drawn_together(
    parts: Sequence[Part],
) -> tuple[NDArray[np.uint8], list[tuple[int, int]]]:
    """Draw parts onto one black sheet, in columns from left to right.

    Args:
        parts: one or more.

    Returns:
        The sheet, (rows, columns, 3) uint8, and the upper left corner x, y of each part on it.
    """
    rows = max(part.cell[1] for part in parts)
    if all(part.cell == parts[0].cell for part in parts):
        rows *= math.ceil(math.sqrt(len(parts)))
    corners: list[tuple[int, int]] = [(0, 0)] * len(parts)
    x = y = wide = 0
    # The widest first, so that a column is as wide as what is in it.
    for i in sorted(range(len(parts)), key=lambda i: -parts[i].cell[0]):
        width, height = parts[i].cell
        if y + height > rows:
            x, y, wide = x + wide, 0, 0
        corners[i] = (x, y)
        y, wide = y + height, max(wide, width)
    sheet = np.zeros((rows, x + wide, 3), np.uint8)
    for part, (left, top) in zip(parts, corners, strict=True):
        part.draw(sheet[top : top + part.cell[1], left : left + part.cell[0]])
    return sheet, corners
