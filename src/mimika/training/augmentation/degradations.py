"""What a webcam does to a face: tilt, things in front, motion, darkness, noise, few pixels, JPEG.

Every function takes and gives (N, C, H, W) float, 0 to 1. Each degradation meets its own share of
the faces: most faces have none or one, some have three. On a processor it is computed for those
alone; a GPU computes it for all, as counting them would make it wait. In the order of a camera: the
scene (tilt, place, occluders), exposure (motion blur, light), the sensor (few pixels, noise), the
file (JPEG).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

from mimika.training.augmentation.chance import chance, either_way, uniform
from mimika.training.augmentation.jpeg import compressed
from mimika.training.augmentation.occluders import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

LOW_SIDES = (16, 20, 24, 28, 32, 40, 48)
"""Sides in pixels that faces are shrunk to and enlarged from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradations:
    """How often and how far faces are degraded; a share of 0 leaves a thing out.

    The shares are of those faces that are degraded at all, each drawn by itself.

    Attributes:
        clean: share of the faces that are left as they are.
        tilt: share that is turned, by up to `tilt_most` degrees either way.
        tilt_most: in degrees.
        shift: share that is moved and scaled, by up to `shift_most` of the side.
        shift_most: share of the side, in x and in y.
        occluded: share that has something in front: a mask, a hand, glasses, or an edge of the
            picture or of a thing, equally often.
        motion: share that is blurred along a line of up to `motion_most` of the side.
        motion_most: share of the side.
        light: share that is darker or, one in four of them, brighter, by a factor from
            `light_least` to 1 (to 2 where brighter), evenly in its logarithm, with a gamma of e to
            the power ±0.4; noise of a standard deviation of up to `dim_noise` follows.
        light_least: smallest factor.
        dim_noise: greatest standard deviation after a change of light, on the scale 0 to 1.
        low: share that is shrunk to one of `LOW_SIDES` and enlarged.
        noise: share with noise of a standard deviation of up to `noise_most`.
        noise_most: on the scale 0 to 1.
        jpeg: share that is kept as JPEG, of a quality from 15 to 90.
    """

    clean: float = 0.4
    tilt: float = 0.4
    tilt_most: float = 45.0
    shift: float = 0.4
    shift_most: float = 0.12
    occluded: float = 0.3
    motion: float = 0.25
    motion_most: float = 0.25
    light: float = 0.4
    light_least: float = 0.1
    dim_noise: float = 0.05
    low: float = 0.3
    noise: float = 0.3
    noise_most: float = 0.1
    jpeg: float = 0.3


@torch.compiler.disable  # type: ignore[untyped-decorator]
def degrade(faces: Tensor, how: Degradations, *, count: bool = True) -> Tensor:
    """Degrade each face by chance.

    Args:
        faces: (N, C, H, W) float, 0 to 1.
        how: shares and extents.
        count: compute a degradation for the faces that it meets alone; else for all, of which some
            are taken, so that the device is asked for nothing.

    Returns:
        The degraded faces, same shape, in steps of 1/255 as a camera gives them.
    """
    touched = ~chance(faces, how.clean)

    def some(changed: Tensor, share: float, change: Callable[[Tensor], Tensor]) -> Tensor:
        met = touched & chance(faces, share)
        if not count:
            return torch.where(met, change(changed), changed) if share else changed
        rows = met.flatten().nonzero().flatten()
        if not len(rows):
            return changed
        return changed.index_copy(0, rows, change(changed[rows]))

    faces = some(faces, how.tilt, lambda x: tilt(x, how.tilt_most))
    faces = some(faces, how.shift, lambda x: move(x, how.shift_most))
    for kind in KINDS:
        faces = some(faces, how.occluded / len(KINDS), kind)
    faces = some(faces, how.motion, lambda x: motion_blur(x, how.motion_most))
    faces = some(faces, how.light, lambda x: noise(light(x, how.light_least), how.dim_noise))
    faces = some(faces, how.low, fewer_pixels)
    faces = some(faces, how.noise, lambda x: noise(x, how.noise_most))
    faces = some(faces, how.jpeg, jpeg)
    return faces.mul(255).round().div(255)


def tilt(faces: Tensor, most: float) -> Tensor:
    """Turn each face about its middle, by up to `most` degrees either way."""
    return _look(faces, angle=either_way(faces, math.radians(most)))


def move(faces: Tensor, most: float) -> Tensor:
    """Move each face by up to `most` of the side in x and in y, and scale it by as much."""
    return _look(
        faces,
        zoom=torch.exp(either_way(faces, math.log1p(most))),
        right=either_way(faces, most),
        down=either_way(faces, most),
    )


def _look(faces: Tensor, **change: Tensor) -> Tensor:
    from mimika.training.augmentation.augment import resample

    zero = torch.zeros_like(faces[:, :1, :1, :1])
    still = {"angle": zero, "zoom": zero + 1, "mirror": zero > 0, "right": zero, "down": zero}
    return resample(faces, **{**still, **change})


def motion_blur(faces: Tensor, most: float) -> Tensor:
    """Blur each face along a line of its own direction, up to `most` of the side long."""
    count, channels, side, _ = faces.shape
    reach = max(1, math.ceil(most * side / 2))
    length = uniform(faces, 0.1, 1.0) * most * side / 2
    angle = uniform(faces, 0.0, math.pi)
    step = torch.arange(-reach, reach + 1, device=faces.device, dtype=faces.dtype)
    y, x = step.view(1, 1, -1, 1), step.view(1, 1, 1, -1)
    along = x * torch.cos(angle) + y * torch.sin(angle)
    across = y * torch.cos(angle) - x * torch.sin(angle)
    # One pixel wide, with a soft edge, so that any direction sums up alike.
    kernel = (1 - across.abs()).clamp_min(0) * (length + 0.5 - along.abs()).clamp(0, 1)
    kernel = (kernel / kernel.sum((2, 3), keepdim=True)).repeat_interleave(channels, 0)
    flat = F.pad(faces, (reach,) * 4, mode="replicate").reshape(
        1, count * channels, side + 2 * reach, -1
    )
    return F.conv2d(flat, kernel, groups=count * channels).reshape(faces.shape)


def light(faces: Tensor, least: float) -> Tensor:
    """Change each face's light by a factor and a gamma; see `Degradations.light`."""
    darker = torch.exp(uniform(faces, math.log(least), 0.0))
    brighter = torch.exp(uniform(faces, 0.0, math.log(2.0)))
    factor = torch.where(chance(faces, 0.25), brighter, darker)
    exponent = torch.exp(either_way(faces, 0.4))
    return (faces.clamp_min(1e-4) ** exponent * factor).clamp(0, 1)


def noise(faces: Tensor, most: float) -> Tensor:
    """Add normal noise to each face, of a standard deviation of its own up to `most`."""
    return (faces + uniform(faces) * most * torch.randn_like(faces)).clamp(0, 1)


def few_pixels(faces: Tensor, side: int) -> Tensor:
    """Shrink faces to `side` pixels and enlarge them again, as the product does with far ones."""
    from torchvision.transforms.v2 import functional as v2

    small = v2.resize(faces, [side, side], antialias=True)
    return v2.resize(small, list(faces.shape[2:]), antialias=True).clamp(0, 1)


def fewer_pixels(faces: Tensor) -> Tensor:
    """Take pixels from each face as `few_pixels` does, to one of `LOW_SIDES`, each as likely."""
    height, width = faces.shape[2:]
    which = (uniform(faces) * len(LOW_SIDES)).long().flatten()
    rows, columns = (_fewer(side, faces.device)[which].unsqueeze(1) for side in (height, width))
    return (rows @ faces @ columns.mT).clamp(0, 1)


@cache
def _fewer(side: int, device: torch.device) -> Tensor:
    """Return `few_pixels` along one axis as matrices, (L, side, side): resizing is linear."""
    lines = torch.eye(side).view(side, 1, side, 1).expand(-1, -1, -1, side)
    kept = [few_pixels(lines, low) if low < side else lines for low in LOW_SIDES]
    return torch.stack([x[:, 0, :, 0].T for x in kept]).to(device)


def jpeg(faces: Tensor) -> Tensor:
    """Write each face as JPEG of a quality of its own, from 15 to 90, and read it again."""
    return compressed(faces, uniform(faces, 15.0, 91.0).floor())
