"""High dynamic range (PQ and HLG, as phones film) to the standard range that the models know.

Transfer functions, the 203 cd/m² of diffuse white and the color matrix are those of ITU-R BT.2100,
BT.2408 and BT.2087.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PQ, HLG = 16, 18
"""Numbers of the transfer functions (ITU-T H.273), as PyAV's `color_trc`."""

WHITE_NITS = 203.0
HLG_PEAK_NITS = 1000.0
# Above this share of white, highlights are pressed together instead of cut off.
KNEE = 0.8
STEPS = 8192
TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)


def to_standard_range(deep: NDArray[np.uint16], transfer: int) -> NDArray[np.uint8]:
    """Map a picture to standard range and colors.

    Args:
        deep: (H, W, 3) uint16, RGB with BT.2020 primaries, 0-65535.
        transfer: PQ or HLG.

    Returns:
        (H, W, 3) uint8, BGR with BT.709 primaries, 0-255.
    """
    light = cv2.transform(_light(transfer)[deep], TO_BT709)
    steps = np.clip(light * STEPS, 0, 65535).astype(np.uint16)
    return np.ascontiguousarray(_shown()[steps][:, :, ::-1])


@lru_cache(maxsize=2)
def _light(transfer: int) -> NDArray[np.float32]:
    """(65536,) light of each code value, 1 is diffuse white."""
    code = np.linspace(0, 1, 65536)
    if transfer == PQ:
        root = code ** (1 / 78.84375)
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        nits = 10_000 * ratio ** (1 / 0.1593017578125)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        # The system's gamma, taken of each channel instead of the luminance.
        nits = HLG_PEAK_NITS * scene**1.2
    return (nits / WHITE_NITS).astype(np.float32)


@lru_cache(maxsize=1)
def _shown() -> NDArray[np.uint8]:
    """(65536,) values of light in steps of 1 / STEPS, for a display of gamma 2.4 (BT.1886)."""
    light = np.arange(65536) / STEPS
    room = 1 - KNEE
    pressed = KNEE + room * (1 - np.exp(-np.maximum(light - KNEE, 0) / room))
    return np.round(255 * np.where(light > KNEE, pressed, light) ** (1 / 2.4)).astype(np.uint8)
