"""The moving average of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.optim.swa_utils import AveragedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from mimika.training.networks import FaceNetwork


class MovingAverage:
    """Exponential moving average of weights and of the statistics of batch normalization.

    The decay rises towards its value over the first steps, min(decay, (1 + n) / (10 + n)), so that
    a short run is not held back by its random beginning.
    """

    def __init__(self, network: FaceNetwork, decay: float) -> None:
        """Begin with the network's weights.

        Args:
            network: what is averaged.
            decay: 0 to 1; 0 follows the network exactly.
        """
        self.decay = decay
        self.steps = 0
        self.model = AveragedModel(network, multi_avg_fn=self._average, use_buffers=True)
        self.model.eval()

    @property
    def network(self) -> FaceNetwork:
        """The averaged network, in evaluation mode."""
        return self.model.module  # type: ignore[return-value]

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint must hold."""
        return dict(self.model.state_dict())

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from `state()`."""
        self.model.load_state_dict(state)
        self.steps = int(self.model.n_averaged)

    def update(self, network: FaceNetwork) -> None:
        """Take in the weights after a step."""
        self.model.update_parameters(network)
        self.steps += 1

    @torch.no_grad()
    def _average(
        self, averaged: Sequence[Tensor], current: Sequence[Tensor], _number: object
    ) -> None:
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps)) if self.decay else 0.0
        if torch.is_floating_point(averaged[0]):
            torch._foreach_lerp_(list(averaged), list(current), 1 - decay)
        else:
            torch._foreach_copy_(list(averaged), list(current))
