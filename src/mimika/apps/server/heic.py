"""HEIC in little memory: by way of Pillow a picture is there four times at once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from mimika.base.errors import InputError
from mimika.sources.picture import DAMAGE, read_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT_INFO = ("icc_profile",)


def read_heic(data: bytes, longest: int) -> NDArray[np.uint8]:
    """Read a HEIC picture, and shrink it before its colors are brought to sRGB.

    Args:
        data: the encoded picture.
        longest: its longer side is so many pixels at most.

    Returns:
        (H, W, 3) uint8 BGR, upright.

    Raises:
        InputError: it is damaged or takes too much memory.
    """
    import pillow_heif

    # Each thread keeps memory of its own, and the tiles of a photo are decoded by all of them.
    pillow_heif.options.DECODE_THREADS = 1
    try:
        picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        pixels = np.asarray(picture)
        scale = longest / max(pixels.shape[:2])
        if scale < 1:
            height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
            pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    except DAMAGE as error:
        raise InputError(
            "The picture is damaged or cut off and cannot be decoded: export or download it again."
        ) from error
    small = Image.fromarray(pixels)
    small.info = {name: picture.info[name] for name in KEPT_INFO if picture.info.get(name)}
    del picture, pixels
    return read_picture(small)
