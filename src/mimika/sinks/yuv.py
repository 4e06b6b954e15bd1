"""Drawing into decoded pictures as they are, without converting the whole of them there and back.

Only the parts that were drawn on change; the rest goes to the encoder as the decoder gave it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

# Weights of red and blue in the luma, by FFmpeg's number of the color matrix (ITU-T H.273); 2 says
# nothing, and is taken for BT.601 by the conversion to BGR as well.
BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)
WEIGHTS = {1: BT709, 2: BT601, 5: BT601, 6: BT601}
LIMITED = frozenset({0, 1})
"""FFmpeg's numbers of the usual range of values (16 to 235), which 0 means as well."""


def may_draw_into(picture: Any) -> bool:
    """Whether a decoded picture (PyAV's) can be drawn into: 8 bits, 4:2:0, even sides."""
    return (
        picture.format.name == "yuv420p"
        and picture.width % 2 == picture.height % 2 == 0
        and picture.colorspace in WEIGHTS
        and picture.color_range in LIMITED
    )


def with_drawing(picture: Any, drawn: NDArray[np.uint8], parts: Iterable[Box]) -> Any:
    """Return a copy of a decoded picture with what was drawn over it.

    Args:
        picture: PyAV's, for which `may_draw_into` holds.
        drawn: (H, W, 3) uint8 BGR, the same picture with the drawing.
        parts: where something was drawn, in pixels.
    """
    import av

    height, width = drawn.shape[:2]
    planes = picture.to_ndarray()
    luma = planes[:height]
    blue, red = planes[height:].reshape(2, height // 2, width // 2)
    matrix = _matrix(*WEIGHTS[picture.colorspace])
    for part in parts:
        # Colors have half the size, so the part begins and ends at even pixels.
        left, right = _even(part.x, part.x + part.width, width)
        top, bottom = _even(part.y, part.y + part.height, height)
        if left >= right or top >= bottom:
            continue
        colors = cv2.transform(drawn[top:bottom, left:right], matrix)
        half = ((right - left) // 2, (bottom - top) // 2)
        small = cv2.resize(colors, half, interpolation=cv2.INTER_AREA)
        rows, columns = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        luma[top:bottom, left:right] = colors[:, :, 0]
        blue[rows, columns], red[rows, columns] = small[:, :, 1], small[:, :, 2]
    return av.VideoFrame.from_numpy_buffer(planes, format="yuv420p")


def _even(begin: float, end: float, side: int) -> tuple[int, int]:
    """The even pixels of a side between which a part lies."""
    return max(0, math.floor(begin / 2) * 2), min(side, math.ceil(end / 2) * 2)


@lru_cache(maxsize=4)
def _matrix(of_red: float, of_blue: float) -> NDArray[np.float64]:
    """(3, 4): from BGR 0-255 to luma 16-235 and blue and red differences 16-240."""
    luma = np.array([of_blue, 1 - of_red - of_blue, of_red])
    blue = (np.array([1.0, 0, 0]) - luma) / (2 * (1 - of_blue))
    red = (np.array([0, 0, 1.0]) - luma) / (2 * (1 - of_red))
    rows = np.array([luma * 219, blue * 224, red * 224]) / 255
    return np.column_stack([rows, [16, 128, 128]])
