"""Crisp words on pictures, Cyrillic too: drawn once by Pillow, kept as masks, blended in place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

FONT = Path(__file__).parent.parent / "assets" / "Inter-SemiBold.otf"


@lru_cache(maxsize=32)
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT), size)


@lru_cache(maxsize=1024)
def mask(text: str, size: int) -> NDArray[np.uint16]:
    """Return a text's coverage.

    Args:
        text: one line.
        size: font size in pixels.

    Returns:
        (H, W, 1) uint16, 0 to 256; H is the same for every text of a size. Do not change it.
    """
    from PIL import Image, ImageDraw

    font = _font(size)
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(text)))
    canvas = Image.new("L", (width, ascent + descent))
    ImageDraw.Draw(canvas).text((0, 0), text, font=font, fill=255)
    drawn = np.asarray(canvas, np.uint16)[:, :, np.newaxis]
    return drawn + (drawn >> 7)  # 255 becomes 256, so that a shift divides exactly


def measure(text: str, size: int) -> tuple[int, int]:
    """Return width and height in pixels that a text takes."""
    height, width, _ = mask(text, size).shape
    return width, height


def put(
    image: NDArray[np.uint8], text: str, x: int, y: int, size: int, color: tuple[int, int, int]
) -> None:
    """Draw a text with its upper left corner at (x, y); what lies outside is cut off.

    Args:
        image: (H, W, 3) uint8 BGR, changed in place.
        text: one line.
        x: pixels from the left.
        y: pixels from the top.
        size: font size in pixels.
        color: BGR, 0-255.
    """
    covered = mask(text, size)
    x0, y0 = max(x, 0), max(y, 0)
    part = image[y0 : y + covered.shape[0], x0 : x + covered.shape[1]]
    if x + covered.shape[1] <= 0 or y + covered.shape[0] <= 0 or not part.size:
        return
    share = covered[y0 - y : y0 - y + part.shape[0], x0 - x : x0 - x + part.shape[1]]
    blended = part * (256 - share) + np.array(color, np.uint16) * share
    part[:] = blended >> 8
