"""Chances for a batch of faces, each face its own, from torch's generator of the batch's device."""

from __future__ import annotations

import torch
from torch import Tensor


def uniform(faces: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Draw a number a face between two limits; (N, 1, 1, 1) for faces (N, C, H, W)."""
    drawn = torch.rand(len(faces), 1, 1, 1, device=faces.device, dtype=faces.dtype)
    return drawn if (low, high) == (0.0, 1.0) else low + (high - low) * drawn


def either_way(faces: Tensor, most: float) -> Tensor:
    """Draw a number a face from -`most` to `most`; (N, 1, 1, 1)."""
    return (uniform(faces) * 2 - 1) * most


def chance(faces: Tensor, share: float) -> Tensor:
    """Draw whether a thing happens to a face, for a share of the faces; (N, 1, 1, 1) bool."""
    return uniform(faces) < share
