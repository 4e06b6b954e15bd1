"""The loss of a network: that of each head, with logit adjustment and distillation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mimika.schema.outputs import OUTPUT_KINDS, PRESENCE_OUTPUT
from mimika.training.losses import LOSSES, binary_cross_entropy, cross_entropy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.schema.outputs import KindName


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSettings:
    """Weights of the parts; see `mimika.training.config.Config`."""

    logit_adjustment: float = 0.0
    teacher_temperature: float = 2.0
    teacher_weight: float = 0.0


class FaceLoss(nn.Module):
    """Mean over the heads of the loss of each one's kind, and of distillation.

    Logit adjustment (Menon et al. 2021, arXiv 2007.07314): the logarithm of the class shares is
    added to the logits while training, so that the bare logits are those of a balanced data set.
    Distillation (Hinton et al. 2015, arXiv 1503.02531): Kullback-Leibler divergence from the
    teachers' softened probabilities, times the square of the temperature.
    """

    def __init__(
        self,
        shares: Mapping[str, Tensor],
        settings: LossSettings,
        kinds: Mapping[str, KindName] | None = None,
    ) -> None:
        """Prepare.

        Args:
            shares: (K,) float shares of the classes in the training split, by categorical head.
            settings: weights of the parts.
            kinds: of heads of values, by head.
        """
        super().__init__()
        self.settings = settings
        self.value_losses = {
            # A probability, unlike other values, says how sure it is.
            h: binary_cross_entropy if h == PRESENCE_OUTPUT else LOSSES[OUTPUT_KINDS[k].loss]
            for h, k in (kinds or {}).items()
        }
        for head, share in shares.items():
            adjustment = settings.logit_adjustment * share.clamp_min(1e-4).log()
            self.register_buffer(f"adjustment_{head}", adjustment.float(), persistent=False)

    def adjustment(self, head: str) -> Tensor:
        """What is added to a head's logits while training; (K,)."""
        return self.get_buffer(f"adjustment_{head}")

    def forward(
        self,
        logits: Mapping[str, Tensor],
        targets: Mapping[str, Tensor],
        taught: Mapping[str, Tensor],
    ) -> Tensor:
        """Compute the loss.

        Args:
            logits: (N, K) by head; values where it is not categorical.
            targets: (N, K) by head; rows sum to 1, or to 0 where a face has no such label; values
                are NaN there.
            taught: (N, K) teachers' probabilities by head; a head may be missing.

        Returns:
            A scalar.
        """
        total = torch.zeros((), device=next(iter(logits.values())).device)
        for head, raw in logits.items():
            if head in self.value_losses:
                total = total + self.value_losses[head](raw.float(), targets[head])
                continue
            z = raw.float() + self.adjustment(head)
            own = cross_entropy(z, targets[head])
            if head in taught:
                own = self._with_teachers(own, z, taught[head], targets.get(PRESENCE_OUTPUT))
            total = total + own
        return total / len(logits)

    def _with_teachers(
        self, own: Tensor, z: Tensor, taught: Tensor, presence: Tensor | None
    ) -> Tensor:
        """Add what teachers say; of what is no face (`presence` 0, (N, 1)) nothing is learnt."""
        temperature, weight = self.settings.teacher_temperature, self.settings.teacher_weight
        softened = taught.clamp_min(1e-8).pow(1 / temperature)
        softened = softened / softened.sum(1, keepdim=True)
        divergence = nn.functional.kl_div(
            (z / temperature).log_softmax(1), softened, reduction="none"
        ).sum(1)
        if presence is None:
            divergence = divergence.mean()
        else:
            divergence = (divergence * presence[:, 0]).sum() / presence.sum().clamp_min(1.0)
        return (1 - weight) * own + weight * temperature**2 * divergence
