"""The mean of two runs' weights: one network, no slower than either.

Wortsman et al. 2022, "Model soups", arXiv 2203.05482. It helps where one run started from the
weights of the other, or both from the same; the mean of runs that began anew is worth nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.errors import ModelError, UsageError
from mimika.training.networks.weights import heads_of, load_network

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

MAY_DIFFER = {
    "standardizes": "standardizing faces",
    "shares": "class shares",
    "logit_adjustment": "logit adjustment",
    "crop_margin": "crop margin",
}
"""Notes of which the first run's count, and what a user calls them."""


def average_weights(
    first: Path, second: Path, share: float = 0.5
) -> tuple[dict[str, Tensor], dict[str, Any], list[str]]:
    """Average the weights of two runs.

    Args:
        first: a run's folder or a file of weights; what is kept beside the mean is its.
        second: another one, of the same network.
        share: of the second in the mean, from 0 (the first alone) to 1.

    Returns:
        Tensors by key, float32 (counters as the first has them); the notes of the first run with
        `average`, the names of the two files and the share; what a user should know, in sentences.

    Raises:
        UsageError: the share is outside 0 to 1.
        ModelError: a file is missing or damaged, or the two are not of the same network.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"The share of the second run is from 0 to 1, not {share:g}.")
    (network, notes), (other, other_notes) = load_network(first), load_network(second)
    alike = {
        "network": network.name == other.name,
        "input": notes["input"] == other_notes["input"],
        "classes": heads_of(notes) == heads_of(other_notes),
    }
    for name, same in alike.items():
        if not same:
            raise ModelError(
                f"{first} and {second} differ in their {name}: give two runs of one network and "
                "one labeling."
            )
    further = other.state_dict()
    tensors = {
        key: tensor.lerp(further[key], share) if tensor.is_floating_point() else tensor
        for key, tensor in network.state_dict().items()
    }
    messages = [
        f"The two differ in {name}: the mean has that of {first}."
        for key, name in MAY_DIFFER.items()
        if notes.get(key) != other_notes.get(key)
    ]
    average = {"first": first.name, "second": second.name, "share": share}
    return tensors, {**notes, "average": average}, messages
