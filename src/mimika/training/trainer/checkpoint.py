"""Checkpoints: one safetensors file with all that an exact continuation needs.

Tensors are the network's, the moving average's and the optimizer's; numbers and the log go into the
file's metadata. Chances need no state: every epoch seeds them anew from the run's seed and its
number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from safetensors.torch import save

from mimika.base.errors import ModelError
from mimika.base.files import replacing
from mimika.training.networks.weights import read_tensors

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor

CHECKPOINT_FILE = "checkpoint.safetensors"


@dataclass(slots=True)
class Checkpoint:
    """A run after a whole number of epochs.

    Attributes:
        network: the network's name.
        epoch: finished epochs.
        weights: the network's state.
        average: the moving average's state.
        optimizer: the optimizer's state, flattened by `flatten_optimizer`.
        best: the best figure of the monitored kind so far, and the epoch that it came from.
        seconds: time spent in training so far.
        scaler: state of fp16's gradient scaler, else empty.
        log: one row an epoch.
        about: what `mimika.training.run.load_network` needs to know of the network.
    """

    network: str
    epoch: int
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    best: tuple[float, int] = (-1.0, -1)
    seconds: float = 0.0
    scaler: dict[str, float] = field(default_factory=dict)
    log: list[dict[str, float]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)


_PARTS = ("weights", "average", "optimizer")
_NOTES = ("network", "epoch", "best", "seconds", "scaler", "log", "about")


def save_tensors(path: Path, tensors: dict[str, Tensor], notes: dict[str, Any]) -> None:
    """Write tensors and notes as safetensors: beside, then renamed, so never half a file.

    Raises:
        OutputError: no space, no permission.
    """
    content = save(
        {key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()},
        {"mimika": json.dumps(notes)},
    )
    with replacing(path) as beside:
        beside.write_bytes(content)


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint of a run; the one before stays whole until the new one is.

    Raises:
        OutputError: no space, no permission.
    """
    tensors = {
        f"{part}.{key}": tensor
        for part in _PARTS
        for key, tensor in getattr(checkpoint, part).items()
    }
    notes = {name: getattr(checkpoint, name) for name in _NOTES}
    save_tensors(folder / CHECKPOINT_FILE, tensors, notes)


def read_checkpoint(folder: Path, network: str) -> Checkpoint:
    """Read the checkpoint of a run.

    Args:
        folder: the run's folder.
        network: the network that is to take it.

    Raises:
        ModelError: none there, damaged, or of another network.
    """
    path = folder / CHECKPOINT_FILE
    tensors, notes = read_tensors(path)
    if notes.get("network") != network or "epoch" not in notes:
        raise ModelError(
            f"{path} is a checkpoint of {notes.get('network', 'something else')}, and the run's "
            f"config.json says {network}: restore the config, or start a new run."
        )
    parts: dict[str, Any] = {part: {} for part in _PARTS}
    for key, tensor in tensors.items():
        part, _, name = key.partition(".")
        parts[part][name] = tensor
    notes["best"] = tuple(notes["best"])
    return Checkpoint(**parts, **notes)


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's tensors by "<parameter>.<name>"."""
    import torch

    return {
        f"{index}.{name}": value if isinstance(value, torch.Tensor) else torch.tensor(value)
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, flat: dict[str, Tensor]) -> None:
    """Undo `flatten_optimizer`; the learning rates are set anew at every step."""
    import torch

    state = optimizer.state_dict()
    state["state"] = {}
    for key, tensor in flat.items():
        index, _, name = key.partition(".")
        state["state"].setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict(state)
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if isinstance(value, torch.Tensor) and value.ndim == 4:
                # The memory's order as before, so that the arithmetic rounds as before.
                values[name] = torch.empty_like(parameter).copy_(value)
