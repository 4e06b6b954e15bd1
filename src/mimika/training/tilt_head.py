"""The head `tilt`: how far a face is tilted, read from the features that its emotion is read from.

The body stays as it is, so all other answers do. A face and its mirror image are tilted by the same
angle to opposite sides: the head is fitted, by ridge regression (Hoerl & Kennard 1970), on half the
difference of their features, as `mimika.models.still` asks both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import nn

from mimika.schema.outputs import TILT
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.repvgg import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.training.networks import FaceNetwork

MOST_DEGREES = 60.0
UPRIGHT = 0.25
"""Share of the faces that are left as they are."""
STRENGTH = 0.3
"""Of the ridge, for features of variance 1: at a tenth of it more upright faces read as tilted, at
ten times it fewer tilted ones do."""
BATCH = 128
BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
"""By turns, so that the angle is not read from what fills the corners."""


def add_tilt_head(network: FaceNetwork, faces: NDArray[np.uint8], *, seed: int = 0) -> float:
    """Fit the head on upright faces, which are turned for it, and add it to a network.

    Args:
        network: a trained one, on the processor; gets the output `mimika.schema.outputs.TILT`.
        faces: (N, H, W, C) uint8, as the network takes them; more than it has features.
        seed: of the angles and borders.

    Returns:
        Median error in degrees on the fifth of the faces that the head was not fitted on.
    """
    turned, degrees = turned_faces(faces, np.random.default_rng(seed))
    folded = fold(network).eval()
    mirrored = np.ascontiguousarray(turned[:, :, ::-1])
    apart = (_features(folded, turned) - _features(folded, mirrored)) * np.float32(0.5)
    known = len(faces) * 4 // 5
    weights = _ridge(apart[:known], degrees[:known])
    layer = nn.Linear(apart.shape[1], 1)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights[np.newaxis]))
        layer.bias.zero_()
    network.outputs[TILT.name] = TILT
    network.heads[TILT.name] = layer
    return float(np.median(np.abs(apart[known:] @ weights - degrees[known:])))


def turned_faces(
    faces: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Turn each face by its own angle, and move and scale it a little.

    Args:
        faces: (N, H, W, C) uint8.
        rng: draws angles, moves and borders.

    Returns:
        (N, H, W, C) uint8, and (N,) degrees clockwise; both sides as often.
    """
    count, height, width = faces.shape[:3]
    degrees = np.asarray(rng.uniform(-MOST_DEGREES, MOST_DEGREES, count), np.float32)
    degrees[rng.random(count) < UPRIGHT] = 0.0
    turned = np.empty_like(faces)
    middle = ((width - 1) / 2, (height - 1) / 2)
    for out, face, angle in zip(turned, faces, degrees, strict=True):
        matrix = cv2.getRotationMatrix2D(middle, -float(angle), rng.uniform(0.87, 1.1))
        matrix[:, 2] += rng.normal(0, width / 24, 2)
        border = BORDERS[rng.integers(len(BORDERS))]
        moved = cv2.warpAffine(
            face,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=border,
            borderValue=(float(rng.integers(256)),) * 3,
        )
        out[:] = moved.reshape(face.shape)
    return turned, degrees


def _features(network: FaceNetwork, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.no_grad():
        parts = [
            network.body(network.normalized(to_pixels(torch.from_numpy(part))))
            for part in np.array_split(faces, max(1, len(faces) // BATCH))
        ]
    return torch.cat(parts).numpy()


def _ridge(apart: NDArray[np.float32], degrees: NDArray[np.float32]) -> NDArray[np.float32]:
    """(F,) weights."""
    spread = apart.std(0).astype(np.float64) + 1e-6
    rows, angles = apart / spread, degrees.astype(np.float64)
    square = rows.T @ rows / len(rows) + STRENGTH * np.eye(rows.shape[1])
    weights = np.linalg.solve(square, rows.T @ angles / len(rows))
    return np.asarray(weights / spread, np.float32)
