"""Shrinking large pictures quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SKIPPED = 3
COARSE_FROM = 2.5
"""How much larger than the result of its first step a picture must be for a coarse shrinking to be
the faster one."""


def shrunk(
    image: NDArray[np.uint8], width: int, height: int, *, coarse: int = 0
) -> NDArray[np.uint8]:
    """Shrink a picture: by halves while its sides are even, with one bilinear step.

    OpenCV averages blocks of two by two with the processor's vector instructions, and other blocks
    without: 640x640 to 96x96 took 2.0 ms at once and 0.2 ms so. Where a side is odd the bilinear
    step comes before further halvings. It shrinks to a third at most, so two of three rows and
    columns count.

    Args:
        image: (H, W, 3) or (H, W) uint8.
        width: of the result in pixels, at most W.
        height: likewise, at most H.
        coarse: one bilinear step to so many times the size comes first, however far that is;
            several times faster for large pictures. With 2 each pixel of the result averages
            sixteen of the picture, with 4 64. 0 for none.
    """
    if coarse and min(image.shape[1] / width, image.shape[0] / height) >= COARSE_FROM * coarse:
        image = _bilinear(image, coarse * width, coarse * height)
    while (ratio := min(image.shape[1] / width, image.shape[0] / height)) >= 2:
        if image.shape[0] % 2 == 0 and image.shape[1] % 2 == 0:
            image = _halved(image)
            continue
        halvings = 1
        while ratio / 2**halvings > MOST_SKIPPED:
            halvings += 1
        image = _bilinear(image, width << halvings, height << halvings)
    return _bilinear(image, width, height)


def _halved(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (image.shape[1] // 2, image.shape[0] // 2)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _bilinear(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if image.shape[:2] == (height, width):
        return image
    times = image.shape[1] // width
    # At an odd number of times the size each weight falls on the middle pixel alone.
    in_middle = times % 2 == 1 and image.shape[:2] == (times * height, times * width)
    how = cv2.INTER_NEAREST_EXACT if in_middle else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=how)
