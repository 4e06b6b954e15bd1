"""What every network here is: normalization, a body that gives features, linear heads on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.models.card import InputSpec

# Of the FER2013 faces of the Training split, on the scale 0 to 1.
FACE_MEAN, FACE_STD = 0.5076, 0.2550
LEAST_DEVIATION = 2 / 255

MAIN_HEAD = "emotion"
"""The head that becomes the model file's output `probabilities`."""


class FaceNetwork(nn.Module):
    """Faces in, one row of logits a head out.

    Attributes:
        name: the network's name, as `--network` takes it.
        spec: the crops that it takes.
        classes: names of the classes by head; `emotion` is the main one.
        body: (N, C, H, W) normalized float to (N, F) features.
        heads: linear layers by the head's name.
        standardizes: every face is first brought to the mean and deviation of the training faces,
            so that dim, bright and pale pictures look alike to the body.
    """

    def __init__(
        self,
        name: str,
        body: nn.Module,
        features: int,
        spec: InputSpec,
        classes: Mapping[str, Sequence[str]],
        *,
        mean: Sequence[float],
        std: Sequence[float],
        dropout: float = 0.0,
    ) -> None:
        """Put a body and heads together.

        Args:
            name: the network's name.
            body: (N, C, H, W) float to (N, `features`) float.
            features: how many features the body gives.
            spec: the crops that the body takes.
            classes: names of the classes by head; must have `emotion`.
            mean: of each channel, on the scale 0 to 1; (C,).
            std: likewise.
            dropout: share of the features dropped before the heads while training.
        """
        super().__init__()
        self.standardizes = False
        self.name = name
        self.spec = spec
        self.classes = {head: tuple(names) for head, names in classes.items()}
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {head: nn.Linear(features, len(names)) for head, names in self.classes.items()}
        )
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(list(mean)).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(list(std)).view(1, -1, 1, 1), persistent=False)

    def forward(self, faces: Tensor) -> dict[str, Tensor]:
        """Judge faces.

        Args:
            faces: (N, C, H, W) float, 0 to 1, gray or RGB as `spec` says.

        Returns:
            Logits (N, K) by head.
        """
        features = self.dropout(self.body(self.normalized(faces)))
        return {head: layer(features) for head, layer in self.heads.items()}

    def normalized(self, faces: Tensor) -> Tensor:
        """Return what the body sees of faces (N, C, H, W), 0 to 1; same shape."""
        if self.standardizes:
            # Over the channels together, so that colors stay. In float32 whatever the precision.
            faces = faces.float()
            away = faces - faces.mean((1, 2, 3), keepdim=True)
            deviation = away.square().mean((1, 2, 3), keepdim=True).sqrt()
            # A face of one tone has no deviation, and what is there is noise.
            faces = away / deviation.clamp_min(LEAST_DEVIATION) * FACE_STD + FACE_MEAN
        return (faces - self.mean) / self.std

    @property
    def parameter_count(self) -> int:
        """Number of trained values."""
        return sum(p.numel() for p in self.parameters())


def to_pixels(faces: Tensor) -> Tensor:
    """Turn (N, H, W, C) uint8 0-255 into (N, C, H, W) float32 0 to 1."""
    return faces.permute(0, 3, 1, 2).float().div(255.0)
