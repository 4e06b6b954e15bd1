"""Things in front of a face: a mask, a hand, glasses, an edge.

They are drawn where they belong on a cropped face, whose eyes are at about 0.4 of its height and
whose mouth is at about 0.75, with chances of their own for each face: place, size, tone, a soft
border. Every function takes and gives (N, C, H, W) float, 0 to 1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mimika.training.augmentation.chance import chance, either_way, uniform


def mask(faces: Tensor) -> Tensor:
    """Cover nose, mouth and chin with cloth: light, dark or in between, shaded to the sides."""
    x, y = _places(faces)
    middle = 0.5 + either_way(faces, 0.06)
    top = 0.52 + either_way(faces, 0.06)
    sag = uniform(faces, 0.1, 0.5)
    # Highest at the nose, lower towards the ears; below it ends with the face.
    inside = y - (top + sag * (x - middle) ** 2)
    wide = uniform(faces, 0.36, 0.48)
    around = 1 - ((x - middle) / wide) ** 2 - ((y - 0.62) / 0.5) ** 2
    shade = 1 - 0.35 * ((x - middle) / 0.5) ** 2
    folds = 1 + 0.06 * torch.sin(y * uniform(faces, 25.0, 50.0))
    return _lay(faces, torch.minimum(inside, 0.3 * around), _tone(faces) * shade * folds)


def hand(faces: Tensor) -> Tensor:
    """Hold a hand before a part of the face: fingers beside one another, in the face's own tone."""
    x, y = _places(faces)
    # At a place on a ring about the middle, pointing more or less to the middle.
    place = uniform(faces, 0.0, 2 * math.pi)
    ring = uniform(faces, 0.15, 0.4)
    right, down = 0.5 + ring * torch.cos(place), 0.55 + ring * torch.sin(place)
    angle = place + math.pi + either_way(faces, 0.7)
    along = (x - right) * torch.cos(angle) + (y - down) * torch.sin(angle)
    across = (y - down) * torch.cos(angle) - (x - right) * torch.sin(angle)
    thick = uniform(faces, 0.035, 0.065)
    reach = uniform(faces, 0.05, 0.3)
    shape = torch.minimum(4 * thick - across.abs(), 0.3 * reach - along)  # palm and arm
    for number in (-1.5, -0.5, 0.5, 1.5):
        tip = reach * uniform(faces, 0.75, 1.1)
        beyond = (along - tip).clamp_min(0)
        finger = thick - torch.sqrt((across - number * 2.05 * thick) ** 2 + beyond**2)
        shape = torch.maximum(shape, finger)
    tone = faces.mean((2, 3), keepdim=True) * uniform(faces, 0.7, 1.4)
    # Darkest between two fingers.
    ridges = 1 - 0.3 * torch.cos(across / (2.05 * thick) * math.pi).abs()
    return _lay(faces, shape, (tone * ridges).clamp(0, 1))


def glasses(faces: Tensor) -> Tensor:
    """Put glasses on: frames with clear lenses, or dark ones as often, with a glint."""
    x, y = _places(faces)
    eyes = 0.4 + either_way(faces, 0.05)
    apart = uniform(faces, 0.17, 0.22)
    wide, tall = uniform(faces, 0.12, 0.17), uniform(faces, 0.08, 0.14)
    power = torch.where(chance(faces, 0.5), 2.0, 4.0)  # round or square
    side = (x - 0.5).abs() - apart
    lens = 1 - (side.abs() / wide) ** power - ((y - eyes).abs() / tall) ** power
    lens = lens * 0.1  # to about sides of the picture
    thick = uniform(faces, 0.015, 0.04)
    bridge = torch.minimum(thick / 2 - (y - eyes).abs(), apart - (x - 0.5).abs())
    frame = torch.maximum(torch.minimum(lens + thick, thick - lens), bridge)
    tone = _tone(faces) * torch.where(chance(faces, 0.7), 0.3, 1.0)
    glint = uniform(faces, 0.0, 0.25) * torch.sigmoid((x + y - 0.8) * 12)
    dark = chance(faces, 0.5)
    through = torch.where(dark, uniform(faces, 0.0, 0.15), 1.0)
    seen = (faces * through + glint).clamp(0, 1)
    return _lay(_lay(faces, lens, seen), frame, tone)


def edge(faces: Tensor) -> Tensor:
    """Let the picture end, or a thing stand before the face, on one side, up to a third of it."""
    x, y = _places(faces)
    angle = torch.floor(uniform(faces, 0.0, 4.0)) * (math.pi / 2) + either_way(faces, 0.3)
    out = (x - 0.5) * torch.cos(angle) + (y - 0.5) * torch.sin(angle)
    return _lay(faces, out - uniform(faces, 0.17, 0.42), _tone(faces).expand_as(faces))


KINDS = (mask, hand, glasses, edge)
"""All of them; each meets as many faces as the others."""


def _places(faces: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates of the pixels' middles in sides of the picture: (1, 1, 1, W) and (1, 1, H, 1)."""
    height, width = faces.shape[2:]
    x = (torch.arange(width, device=faces.device, dtype=faces.dtype) + 0.5) / width
    y = (torch.arange(height, device=faces.device, dtype=faces.dtype) + 0.5) / height
    return x.view(1, 1, 1, -1), y.view(1, 1, -1, 1)


def _tone(faces: Tensor) -> Tensor:
    """Draw a tone from black to white a face, tinted where there is color; (N, C, 1, 1)."""
    tone = uniform(faces).expand(-1, faces.shape[1], -1, -1)
    if faces.shape[1] == 1:
        return tone
    tint = torch.rand_like(faces[:, :, :1, :1]) - 0.5
    return (tone + 0.5 * tint).clamp(0, 1)


def _lay(faces: Tensor, inside: Tensor, thing: Tensor) -> Tensor:
    """Lay a thing over the faces.

    Args:
        faces: (N, C, H, W).
        inside: (N, 1, H, W), how far a pixel is within the thing, in sides of the picture; below
            0 outside.
        thing: what is to be seen of it, of a shape that fits (N, C, H, W).
    """
    softness = faces.shape[-1] / uniform(faces, 0.5, 2.0)
    cover = (inside * softness + 0.5).clamp(0, 1)
    return faces * (1 - cover) + thing.clamp(0, 1) * cover
