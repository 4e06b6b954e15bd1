"""What training minimizes, by the word in `mimika.schema.outputs`; each takes a whole batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy with soft targets, mean over the faces that have one.

    Args:
        logits: (N, K).
        targets: (N, K); rows sum to 1, or to 0 where a face has no label.
    """
    return -(targets * logits.log_softmax(1)).sum() / targets.sum().clamp_min(1.0)


def concordance(values: Tensor, targets: Tensor) -> Tensor:
    """One minus the concordance correlation coefficient (Lin 1989), mean over the axes.

    Args:
        values: (N, K).
        targets: (N, K), NaN where a face has none. An axis known of fewer than two faces gives 0.
    """
    known = (~targets.isnan()).float()
    count = known.sum(0)
    y = targets.nan_to_num()
    mean_x, mean_y = ((v * known).sum(0) / count.clamp_min(1.0) for v in (values, y))
    off_x, off_y = (values - mean_x) * known, (y - mean_y) * known
    together = 2 * (off_x * off_y).sum(0)
    apart = off_x.square().sum(0) + off_y.square().sum(0) + count * (mean_x - mean_y).square()
    loss = 1 - together / apart.clamp_min(1e-8)
    usable = (count >= 2).float()
    return (loss * usable).sum() / usable.sum().clamp_min(1.0)


def angular(degrees: Tensor, targets: Tensor) -> Tensor:
    """One minus the cosine of the difference of angles: smooth, and blind to full turns.

    Args:
        degrees: (N, K).
        targets: (N, K) degrees, NaN where a face has none.
    """
    known = (~targets.isnan()).float()
    off = torch.deg2rad(degrees - targets.nan_to_num())
    return ((1 - off.cos()) * known).sum() / known.sum().clamp_min(1.0)


def binary_cross_entropy(probabilities: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of probabilities of yes and no, mean over the faces that have a target.

    Args:
        probabilities: (N, K), 0 to 1.
        targets: (N, K), 0 to 1, NaN where a face has none.
    """
    known = (~targets.isnan()).float()
    p, y = probabilities.clamp(1e-6, 1 - 1e-6), targets.nan_to_num()
    loss = -(y * p.log() + (1 - y) * (1 - p).log())
    return (loss * known).sum() / known.sum().clamp_min(1.0)


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross_entropy": cross_entropy,
    "concordance": concordance,
    "angular": angular,
}
"""Loss by its word: predictions (N, K) and targets (N, K) to a scalar."""
