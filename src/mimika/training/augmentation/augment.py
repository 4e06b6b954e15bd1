"""Changes to a whole batch of training faces at once, on the device that trains.

Every function takes and gives (N, C, H, W) float, 0 to 1, and draws its chances from torch's
generator of the batch's device, for each face its own. `light` beats `heavy` on FER2013 at the
budgets tried so far (docs/comparison.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

from mimika.training.augmentation.chance import chance, either_way, uniform
from mimika.training.augmentation.degradations import Degradations

if TYPE_CHECKING:
    from mimika.training.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How far faces are changed; 0 leaves a thing alone.

    Attributes:
        rotation: greatest angle in degrees, either way.
        scale: greatest share by which a face grows or shrinks.
        shift: greatest share of the side by which a face moves, in x and in y.
        flip: share of the faces that are mirrored.
        gamma: greatest natural logarithm of the exponent.
        contrast: greatest share by which contrast and brightness change.
        blur: share of the faces that are blurred, sigma up to 1.2 pixels at 48.
        noise: greatest standard deviation of the noise, on the scale 0 to 1.
        erase: share of the faces that lose a rectangle of up to a quarter of the area
            (Zhong et al. 2020).
        mix: share of the faces that are mixed with another.
        cutmix: share of the mixed ones that get a rectangle of the other (CutMix, Yun et al.
            2019) instead of a blend (mixup, Zhang et al. 2018).
        mix_alpha: parameter of the beta distribution that blends are drawn from.
        webcam: what a webcam does to faces, after all else and after mixing; None for nothing.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    flip: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    erase: float = 0.0
    mix: float = 0.0
    cutmix: float = 0.3
    mix_alpha: float = 0.2
    webcam: Degradations | None = None


_LIGHT = Augmentation(
    rotation=10, scale=0.1, shift=0.08, flip=0.5, gamma=0.25, contrast=0.2, mix=0.25
)
LEVELS = {
    "none": Augmentation(),
    "light": _LIGHT,
    "heavy": Augmentation(
        rotation=15,
        scale=0.2,
        shift=0.15,
        flip=0.5,
        gamma=0.4,
        contrast=0.3,
        blur=0.3,
        noise=0.05,
        erase=0.3,
        mix=0.5,
    ),
    "webcam": replace(_LIGHT, webcam=Degradations()),
}


def of_config(config: Config) -> Augmentation:
    """Take the level that a config asks for, with its own shares of mixing."""
    level = LEVELS[config.augment]
    mix = level.mix if config.mixup < 0 else config.mixup
    return Augmentation(
        **{
            **{name: getattr(level, name) for name in level.__slots__},
            "mix": mix,
            "cutmix": config.cutmix,
        }
    )


def augment(faces: Tensor, how: Augmentation) -> Tensor:
    """Change each face by chance: geometry, light, blur, noise, erasing; not yet `webcam`.

    Args:
        faces: (N, C, H, W) float, 0 to 1.
        how: how far.

    Returns:
        The changed faces, same shape and range.
    """
    if how.rotation or how.scale or how.shift or how.flip:
        faces = warp(faces, how)
    if how.gamma:
        exponent = torch.exp(either_way(faces, how.gamma))
        faces = faces.clamp_min(1e-4) ** exponent
    if how.contrast:
        mean = faces.mean((1, 2, 3), keepdim=True)
        faces = (faces - mean) * (1 + either_way(faces, how.contrast)) + mean
        faces = (faces + either_way(faces, how.contrast / 2)).clamp(0, 1)
    if how.blur:
        faces = torch.where(chance(faces, how.blur), blur(faces), faces)
    if how.noise:
        deviation = uniform(faces) * how.noise
        faces = (faces + deviation * torch.randn_like(faces)).clamp(0, 1)
    if how.erase:
        gone = chance(faces, how.erase) & rectangles(faces, uniform(faces) * 0.23 + 0.02)
        faces = torch.where(gone, torch.rand_like(faces), faces)
    return faces


def warp(faces: Tensor, how: Augmentation) -> Tensor:
    """Rotate, scale, shift and mirror each face in one resampling; edges are reflected."""
    return resample(
        faces,
        angle=either_way(faces, math.radians(how.rotation)),
        zoom=torch.exp(either_way(faces, math.log1p(how.scale))),
        mirror=chance(faces, how.flip),
        right=either_way(faces, how.shift),
        down=either_way(faces, how.shift),
    )


def resample(
    faces: Tensor, *, angle: Tensor, zoom: Tensor, mirror: Tensor, right: Tensor, down: Tensor
) -> Tensor:
    """Look at each face through a turned, scaled and moved frame; edges are reflected.

    Args:
        faces: (N, C, H, W) float.
        angle: of the frame in radians; (N, 1, 1, 1), as are the others.
        zoom: side of the frame in sides of the picture: above 1 the face becomes smaller.
        mirror: bool.
        right: how far the frame moves, in sides of the picture.
        down: likewise.
    """
    angle, zoom, right, down = (x.flatten() for x in (angle, zoom, right, down))
    flip = torch.where(mirror.flatten(), -1.0, 1.0)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    # affine_grid's unit is half a side.
    rows = torch.stack([cos * flip, -sin, 2 * right, sin * flip, cos, 2 * down], 1)
    grid = F.affine_grid(rows.view(-1, 2, 3), list(faces.shape), align_corners=False)
    return F.grid_sample(
        faces, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def blur(faces: Tensor) -> Tensor:
    """Blur each face with a Gaussian of its own, sigma up to a fortieth of the side."""
    count, channels, side, _ = faces.shape
    sigma = (uniform(faces) * side / 40).clamp_min(0.05).view(count, 1)
    reach = max(1, round(side / 16))
    steps = torch.arange(-reach, reach + 1, device=faces.device, dtype=faces.dtype)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(channels, 0)
    flat = F.pad(faces, (reach,) * 4, mode="reflect")
    flat = flat.reshape(1, count * channels, *flat.shape[2:])
    flat = F.conv2d(flat, kernel[:, None, :, None], groups=count * channels)
    flat = F.conv2d(flat, kernel[:, None, None, :], groups=count * channels)
    return flat.reshape(faces.shape)


def rectangles(faces: Tensor, area: Tensor) -> Tensor:
    """Draw one rectangle a face.

    Args:
        faces: (N, C, H, W).
        area: share of the picture, (N, 1, 1, 1), 0 to 1.

    Returns:
        (N, 1, H, W) bool; rectangles lie wholly within the picture.
    """
    height, width = faces.shape[2:]
    aspect = torch.exp(either_way(faces, math.log(2)))
    tall = ((area * aspect).sqrt() * height).clamp(0, height)
    wide = ((area / aspect).sqrt() * width).clamp(0, width)
    top, left = uniform(faces) * (height - tall), uniform(faces) * (width - wide)
    y = torch.arange(height, device=faces.device).view(1, 1, -1, 1) + 0.5
    x = torch.arange(width, device=faces.device).view(1, 1, 1, -1) + 0.5
    return (y >= top) & (y < top + tall) & (x >= left) & (x < left + wide)


def mix(
    faces: Tensor, targets: dict[str, Tensor], how: Augmentation
) -> tuple[Tensor, dict[str, Tensor]]:
    """Blend some faces with others of the batch (mixup), or give them a piece of those (CutMix).

    Args:
        faces: (N, C, H, W) float.
        targets: (N, K) float by head; rows sum to 1, or to 0 where a face has no such label; values
            are NaN there.
        how: shares and the beta distribution.

    Returns:
        Faces and targets, mixed alike: by area for CutMix.
    """
    if not how.mix or len(faces) < 2:
        return faces, targets
    partner = torch.rand(len(faces), device=faces.device).argsort()
    ones = torch.full_like(faces[:, :1, :1, :1], how.mix_alpha)
    # Two gammas make a beta.
    first, second = torch._standard_gamma(ones), torch._standard_gamma(ones)
    own = (first / (first + second).clamp_min(1e-12)).clamp(0, 1)
    own = torch.maximum(own, 1 - own)
    mixed = chance(faces, how.mix)
    cut = chance(faces, how.cutmix)
    others = faces[partner]
    hole = rectangles(faces, 1 - own)
    kept = 1 - hole.float().mean((1, 2, 3), keepdim=True)
    blended = torch.where(cut, torch.where(hole, others, faces), own * faces + (1 - own) * others)
    share = torch.where(mixed, torch.where(cut, kept, own), 1.0).view(-1, 1)
    return torch.where(mixed, blended, faces), {
        # A face that is not mixed keeps its values also where the other's are not known.
        head: torch.where(share == 1, target, share * target + (1 - share) * target[partner])
        for head, target in targets.items()
    }
