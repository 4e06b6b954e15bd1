"""How good the network is at the end of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from mimika.training.networks.face_network import MAIN_HEAD, to_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.training.networks import FaceNetwork

BATCH = 256


@torch.no_grad()
def logits_of(
    network: FaceNetwork, faces: NDArray[np.uint8], device: torch.device
) -> dict[str, NDArray[np.float32]]:
    """Run a network in evaluation mode over faces.

    Args:
        network: on `device`, in evaluation mode.
        faces: (N, H, W, C) uint8, 0-255.
        device: where the network is.

    Returns:
        (N, K) float32 logits by head.
    """
    parts: list[dict[str, NDArray[np.float32]]] = []
    for start in range(0, len(faces), BATCH):
        part = torch.from_numpy(np.array(faces[start : start + BATCH])).to(device)
        found = network(to_pixels(part))
        parts.append({head: z.float().cpu().numpy() for head, z in found.items()})
    return {head: np.concatenate([p[head] for p in parts]) for head in parts[0]}


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn rows of logits into probabilities."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def scores(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
    """Compare with the labels.

    Args:
        logits: (N, K).
        labels: (N,) class numbers; -1 where a face has none.

    Returns:
        `accuracy`, `balanced_accuracy` (mean recall over the classes that occur) and `loss` (mean
        negative log-likelihood), all NaN where no face has a label.
    """
    known = labels >= 0
    logits, labels = logits[known], labels[known]
    if not len(labels):
        return dict.fromkeys(("accuracy", "balanced_accuracy", "loss"), float("nan"))
    right = logits.argmax(1) == labels
    recalls = [right[labels == k].mean() for k in np.unique(labels)]
    p = softmax(logits)[np.arange(len(labels)), labels]
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "loss": float(-np.log(np.maximum(p, 1e-12)).mean()),
    }


def epoch_scores(
    network: FaceNetwork,
    faces: NDArray[np.uint8],
    labels: Mapping[str, NDArray[np.int64]],
    device: torch.device,
) -> dict[str, float]:
    """Judge all heads; the main head's figures keep their plain names, others begin with theirs."""
    found = logits_of(network, faces, device)
    row: dict[str, float] = {}
    for head, logits in found.items():
        prefix = "valid_" if head == MAIN_HEAD else f"valid_{head}_"
        row |= {f"{prefix}{key}": value for key, value in scores(logits, labels[head]).items()}
    return row
