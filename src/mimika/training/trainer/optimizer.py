"""Optimizer, its groups, and the learning rate at each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from mimika.training.config import Config
    from mimika.training.networks import FaceNetwork


def make_optimizer(
    network: FaceNetwork, config: Config, *, capturable: bool
) -> torch.optim.Optimizer:
    """Make the optimizer: weights decay, biases and normalization do not; the body has its factor.

    Args:
        network: what is trained.
        config: optimizer, learning rates, decay.
        capturable: the step is to be recorded into a CUDA graph.
    """
    groups = []
    for part, factor in ((network.body, config.body_lr), (network.heads, 1.0)):
        for decays in (True, False):
            chosen = [p for p in part.parameters() if p.requires_grad and (p.ndim > 1) is decays]
            if chosen:
                groups.append(
                    {
                        "params": chosen,
                        "factor": factor,
                        "weight_decay": config.weight_decay if decays else 0.0,
                    }
                )
    lr = config.learning_rate
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(
        groups, lr=torch.tensor(lr) if capturable else lr, capturable=capturable
    )


def rate(step: int, steps: int, warmup_steps: float) -> float:
    """Return the factor on the learning rate: a straight rise, then half a cosine down to 0.

    Args:
        step: number of the step, from 0.
        steps: of the whole run.
        warmup_steps: over which it rises.
    """
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / max(1.0, steps - warmup_steps)))


def set_rate(optimizer: torch.optim.Optimizer, learning_rate: float, factor: float) -> None:
    """Set the learning rate of every group for the next step."""
    for group in optimizer.param_groups:
        value = learning_rate * factor * group["factor"]
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(value)
        else:
            group["lr"] = value
