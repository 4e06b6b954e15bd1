"""What JPEG loses, for a batch of faces on the device that trains.

The lossy half of baseline JPEG (ITU-T T.81): blocks of 8x8 pixels, their discrete cosine transform,
division by a table and rounding; colors at half the resolution (JFIF, 4:2:0). The coding that
follows loses nothing and is left out. A processor's codec would make a GPU wait for it.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

BLOCK = 8

# T.81, annex K, tables K.1 and K.2: quality 50.
_LIGHT = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_COLOR = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * BLOCK for _ in range(4)),
)

# JFIF: red, green, blue to luma and two chromas.
_TO_LUMA = (
    (0.299, 0.587, 0.114),
    (-0.168736, -0.331264, 0.5),
    (0.5, -0.418688, -0.081312),
)


def compressed(faces: Tensor, quality: Tensor) -> Tensor:
    """Return faces as they are after JPEG.

    Args:
        faces: (N, C, H, W) float, 0 to 1, gray or RGB.
        quality: 1 to 100, as the Independent JPEG Group counts it; (N, 1, 1, 1).

    Returns:
        The same shape, 0 to 1, in steps of 1/255.
    """
    light, color, forward, back = _tables(faces.device)
    pixels = faces.mul(255).round()
    if faces.shape[1] == 1:
        planes = _quantized(pixels - 128, light, quality) + 128
    else:
        luma = torch.einsum("kc,nchw->nkhw", forward, pixels)
        small = F.avg_pool2d(luma[:, 1:], 2, ceil_mode=True, count_include_pad=False)
        small = _quantized(small, color, quality)
        large = F.interpolate(small, scale_factor=2.0, mode="bilinear")
        height, width = faces.shape[2:]
        bright = _quantized(luma[:, :1] - 128, light, quality) + 128
        both = torch.cat([bright, large[..., :height, :width]], 1)
        planes = torch.einsum("ck,nkhw->nchw", back, both)
    return planes.round().clamp(0, 255).div(255)


def _quantized(planes: Tensor, table: Tensor, quality: Tensor) -> Tensor:
    """Round what the transform of each block gives; planes (N, C, H, W) about 0."""
    count, channels, height, width = planes.shape
    down, right = -height % BLOCK, -width % BLOCK
    whole = F.pad(planes, (0, right, 0, down), mode="replicate") if down or right else planes
    shape = (count, channels, (height + down) // BLOCK, BLOCK, (width + right) // BLOCK, BLOCK)
    blocks = whole.reshape(shape).transpose(3, 4)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    step = ((table * scale + 50) / 100).floor().clamp(1, 255).view(count, 1, 1, 1, BLOCK, BLOCK)
    turn = _transform(planes.device)
    kept = (turn @ blocks @ turn.T / step).round() * step
    back = (turn.T @ kept @ turn).transpose(3, 4)
    return back.reshape(whole.shape)[..., :height, :width]


@functools.cache
def _tables(device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return both tables, and the matrices from RGB to luma and chromas and back."""
    light, color, forward = (torch.tensor(t).float() for t in (_LIGHT, _COLOR, _TO_LUMA))
    kept = (light, color, forward, torch.linalg.inv(forward))
    return tuple(t.to(device) for t in kept)  # type: ignore[return-value]


@functools.cache
def _transform(device: torch.device) -> Tensor:
    """Return the matrix of the discrete cosine transform of 8 values, orthonormal."""
    k, x = torch.arange(BLOCK).view(-1, 1), torch.arange(BLOCK)
    rows = torch.cos((2 * x + 1) * k * math.pi / (2 * BLOCK)) * math.sqrt(2 / BLOCK)
    rows[0] /= math.sqrt(2)
    return rows.to(device)
