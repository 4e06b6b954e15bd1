"""Arrays as pictures: any channels, and values whose range is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHITE = 255
TOLERANCE = 1e-4


def from_array(
    array: NDArray[Any], *, rgb: bool = False, value_range: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """Turn an array into a picture.

    Args:
        array: (H, W, 3) or (H, W, 4) in BGR(A) order, or (H, W) or (H, W, 1) gray; uint8, or any
            other kind of number with `value_range`.
        rgb: the channels are RGB(A).
        value_range: values of black and of white, such as (0, 1); a fourth channel has the same.

    Returns:
        (H, W, 3) uint8, BGR, 0-255, C-contiguous.

    Raises:
        InputError: it has another shape, or values of another kind without a range.
        UsageError: the range is none.
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.size == 0 or array.ndim not in {2, 3} or channels not in {1, 3, 4}:
        raise InputError(
            f"A picture's array is (H, W), (H, W, 3) or (H, W, 4), and this is {array.shape}: "
            "convert it first."
        )
    if array.dtype.kind not in "uif" or (array.dtype != np.uint8 and value_range is None):
        raise InputError(
            f"A picture's array has uint8 values from 0 to 255, and this has {array.dtype}: say "
            "which values are black and white, such as value_range=(0, 1), or convert it."
        )
    picture = array if value_range is None else stretched(array, value_range)
    if channels == 1:
        return cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_GRAY2BGR)
    if channels == 4:
        picture = over_white(picture)
    return np.ascontiguousarray(picture[:, :, ::-1] if rgb else picture)


def stretched(values: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.uint8]:
    """Map values of any kind to 0-255, those beyond the range to its ends.

    Raises:
        InputError: some values are no numbers.
        UsageError: the range is none.
    """
    black, white = (float(limit) for limit in value_range)
    if not (np.isfinite([black, white]).all() and black < white):
        raise UsageError(f"A value range is two numbers, black and white; {value_range} is not.")
    scaled = (values.astype(np.float32) - black) * (WHITE / (white - black))
    if not np.isfinite(scaled).all():
        raise InputError("The picture has values that are no numbers (NaN or infinite): mend them.")
    return (np.clip(scaled, 0, WHITE) + 0.5).astype(np.uint8)


def declared_range(values: NDArray[Any], name: str) -> tuple[float, float]:
    """Return the range of a file or PIL image whose values have more than 8 bits.

    The rule: 16-bit values go to 65535, or to 255 where all are in 0 to 255: 8 bits in a file of
    16, which would be black. Floating-point and 32-bit values that are all in 0 to 1 (in
    floating point), else all in 0 to 255, else (whole numbers) all in 0 to 65535, go to that limit.

    Raises:
        InputError: the values fit none of these.
    """
    if values.dtype == np.uint8 or (values.dtype == np.uint16 and values.max() > WHITE):
        return 0.0, float(np.iinfo(values.dtype).max)
    whole = values.dtype.kind in "ui"
    low, high = float(values.min()), float(values.max())
    for limit in (255.0, 65535.0) if whole else (1.0, 255.0):
        if low >= -TOLERANCE and high <= limit + TOLERANCE:
            return 0.0, limit
    limits = "0 to 255 or 0 to 65535" if whole else "0 to 1 or 0 to 255"
    raise InputError(
        f"{name} has values from {low:g} to {high:g}, and pictures of this kind are read with "
        f"{limits}: scale them, or give value_range in Python."
    )


def over_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay (H, W, 4) uint8, three colors and their opacity, over white: (H, W, 3) uint8."""
    alpha = picture[:, :, 3:].astype(np.float32) / WHITE
    colors = picture[:, :, :3].astype(np.float32)
    return (colors * alpha + WHITE * (1 - alpha) + 0.5).astype(np.uint8)
