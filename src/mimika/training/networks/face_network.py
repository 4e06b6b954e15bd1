"""What every network here is: normalization, a body that gives features, linear heads on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mimika.models.card import MAIN_TENSOR, categorical
from mimika.schema.outputs import MAIN_OUTPUT, OUTPUT_KINDS, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.models.card import InputSpec

    Heads = Mapping[str, Sequence[str] | Output]
    """By the head's name: names of its classes, or a whole output where it is of another kind."""

# Of the FER2013 faces of the Training split, on the scale 0 to 1.
FACE_MEAN, FACE_STD = 0.5076, 0.2550
LEAST_DEVIATION = 2 / 255

MAIN_HEAD = MAIN_OUTPUT
"""The head that becomes the model file's output `probabilities`."""


def output_of(head: str, what: Sequence[str] | Output) -> Output:
    """Return a head's entry in the table of outputs; class names make a categorical one."""
    if isinstance(what, Output):
        return what
    return categorical(head, what, MAIN_TENSOR if head == MAIN_HEAD else f"{MAIN_TENSOR}_{head}")


class FaceNetwork(nn.Module):
    """Faces in, one row a head out.

    Attributes:
        name: the network's name, as `--network` takes it.
        spec: the crops that it takes.
        outputs: what each head gives, by its name; `emotion` is the main one and categorical.
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
        heads: Heads,
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
            heads: what each head gives, by its name; must have `emotion`.
            mean: of each channel, on the scale 0 to 1; (C,).
            std: likewise.
            dropout: share of the features dropped before the heads while training.
        """
        super().__init__()
        self.standardizes = False
        self.name = name
        self.spec = spec
        self.outputs = {head: output_of(head, what) for head, what in heads.items()}
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {head: nn.Linear(features, len(out.labels)) for head, out in self.outputs.items()}
        )
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(list(mean)).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(list(std)).view(1, -1, 1, 1), persistent=False)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Names of the classes by categorical head."""
        return {h: out.labels for h, out in self.outputs.items() if out.kind == "categorical"}

    def forward(self, faces: Tensor) -> dict[str, Tensor]:
        """Look at faces.

        Args:
            faces: (N, C, H, W) float, 0 to 1, gray or RGB as `spec` says.

        Returns:
            (N, K) by head: logits of a categorical one, values in the output's range of a
            continuous one, degrees of angles.
        """
        features = self.dropout(self.body(self.normalized(faces)))
        return {
            head: activated(layer(features), self.outputs[head])
            for head, layer in self.heads.items()
        }

    def normalized(self, faces: Tensor) -> Tensor:
        """Return what the body sees of faces (N, C, H, W), 0 to 1; same shape."""
        if self.standardizes:
            # Over the channels together, so that colors stay. In float32 whatever the precision.
            faces = faces.float()
            away = faces - faces.mean((1, 2, 3), keepdim=True)
            deviation = away.square().mean((1, 2, 3), keepdim=True).sqrt()
            # A face of one tone has no deviation, and what is there is noise.
            alike = away / deviation.clamp_min(LEAST_DEVIATION)
            return alike * (FACE_STD / self.std) + (FACE_MEAN - self.mean) / self.std
        return (faces - self.mean) / self.std

    @property
    def parameter_count(self) -> int:
        """Number of trained values."""
        return sum(p.numel() for p in self.parameters())


def activated(raw: Tensor, output: Output) -> Tensor:
    """Apply the activation of a head of values; logits stay logits, as losses want them.

    Args:
        raw: (N, K), what the last layer gives.
        output: the head's entry in the table of outputs.
    """
    if OUTPUT_KINDS[output.kind].activation != "tanh":
        return raw
    middle, half = (output.maximum + output.minimum) / 2, (output.maximum - output.minimum) / 2
    # In float32 whatever the precision: near its ends a value has to move by little.
    return middle + half * raw.float().tanh()


def to_pixels(faces: Tensor) -> Tensor:
    """Turn (N, H, W, C) uint8 0-255 into (N, C, H, W) float32 0 to 1."""
    return faces.permute(0, 3, 1, 2).float().div(255.0)
