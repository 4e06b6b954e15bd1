"""What training minimizes: soft cross-entropy, logit adjustment, distillation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSettings:
    """Weights of the parts; see `mimika.training.config.Config`."""

    logit_adjustment: float = 0.0
    teacher_temperature: float = 2.0
    teacher_weight: float = 0.0


class FaceLoss(nn.Module):
    """Mean over the heads of cross-entropy with soft targets, and of distillation.

    Logit adjustment (Menon et al. 2021, arXiv 2007.07314): the logarithm of the class shares is
    added to the logits while training, so that the bare logits are those of a balanced data set.
    Distillation (Hinton et al. 2015, arXiv 1503.02531): Kullback-Leibler divergence from the
    teachers' softened probabilities, times the square of the temperature.
    """

    def __init__(self, shares: Mapping[str, Tensor], settings: LossSettings) -> None:
        """Prepare.

        Args:
            shares: (K,) float shares of the classes in the training split, by head.
            settings: weights of the parts.
        """
        super().__init__()
        self.settings = settings
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
            logits: (N, K) by head.
            targets: (N, K) by head; rows sum to 1, or to 0 where a face has no such label.
            taught: (N, K) teachers' probabilities by head; a head may be missing.

        Returns:
            A scalar.
        """
        total = torch.zeros((), device=next(iter(logits.values())).device)
        for head, raw in logits.items():
            z = raw.float() + self.adjustment(head)
            target = targets[head]
            own = -(target * z.log_softmax(1)).sum() / target.sum().clamp_min(1.0)
            if head in taught:
                temperature, weight = (
                    self.settings.teacher_temperature,
                    self.settings.teacher_weight,
                )
                softened = taught[head].clamp_min(1e-8).pow(1 / temperature)
                softened = softened / softened.sum(1, keepdim=True)
                divergence = nn.functional.kl_div(
                    (z / temperature).log_softmax(1), softened, reduction="batchmean"
                )
                own = (1 - weight) * own + weight * temperature**2 * divergence
            total = total + own
        return total / len(logits)
