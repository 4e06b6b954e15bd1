"""How good the network is at the end of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mimika.base.softmax import softmax
from mimika.training.evaluation.metrics import output_metrics
from mimika.training.networks.face_network import MAIN_HEAD, to_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.training.networks import FaceNetwork

BATCH = 256


@torch.no_grad()
def outputs_of(
    network: FaceNetwork, faces: NDArray[np.uint8], device: torch.device
) -> dict[str, NDArray[np.float32]]:
    """Run a network in evaluation mode over faces.

    Args:
        network: on `device`, in evaluation mode.
        faces: (N, H, W, C) uint8, 0-255.
        device: where the network is.

    Returns:
        (N, K) float32 by head: logits, or values where it is not categorical.
    """
    parts: list[dict[str, NDArray[np.float32]]] = []
    for start in range(0, len(faces), BATCH):
        part = torch.from_numpy(np.array(faces[start : start + BATCH])).to(device)
        found = network(to_pixels(part))
        parts.append({head: z.float().cpu().numpy() for head, z in found.items()})
    return {head: np.concatenate([p[head] for p in parts]) for head in parts[0]}


def validate(
    network: FaceNetwork,
    faces: NDArray[np.uint8],
    labels: Mapping[str, NDArray[Any]],
    device: torch.device,
) -> dict[str, float]:
    """Measure all heads; the main head's metrics keep their plain names, others begin with theirs.

    Args:
        network: on `device`, in evaluation mode.
        faces: (N, H, W, C) uint8, 0-255.
        labels: by head, as `TrainingArrays.valid_labels`.
        device: where the network is.
    """
    row: dict[str, float] = {}
    for head, found in outputs_of(network, faces, device).items():
        prefix = "valid_" if head == MAIN_HEAD else f"valid_{head}_"
        kind = network.outputs[head].kind
        predicted = softmax(found) if kind == "categorical" else found
        metrics = output_metrics(kind, predicted, labels[head])
        row |= {f"{prefix}{name}": value for name, value in metrics.items()}
    return row
