"""Colors and shading that all drawing shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from mimika.labels.emotions import color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BGR = tuple[int, int, int]
BLACK: BGR = (16, 16, 16)
WHITE: BGR = (245, 245, 245)
KEPT = 0.38


def bgr(label: str) -> BGR:
    """Return a label's display color, BGR 0-255."""
    red, green, blue = color(label)
    return blue, green, red


def readable_on(background: BGR) -> BGR:
    """Return black or white, whichever stands out (luma of ITU-R BT.601)."""
    blue, green, red = background
    return BLACK if 0.114 * blue + 0.587 * green + 0.299 * red > 128 else WHITE


def shade(
    canvas: NDArray[np.uint8], x: int, y: int, width: int, height: int, keep: float = KEPT
) -> None:
    """Darken a part of a picture (H, W, 3) uint8 BGR to a share `keep`, in place."""
    part = canvas[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    if part.size:
        part[:] = cv2.convertScaleAbs(part, alpha=keep)
