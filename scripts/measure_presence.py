"""How many boxes without a face a network hides, and how many faces it loses, by threshold.

    python scripts/measure_presence.py FERPLUS BOXES models/repvgg-s48.safetensors

FERPLUS's validation faces count as they are and twice degraded (`--augment webcam`, none left
clean); of BOXES the last fifth, which `mimika train --no-faces` does not learn from. BOXES are
crops as scripts/find_false_faces.py makes them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mimika.schema.outputs import PRESENCE_OUTPUT
from mimika.training.augmentation.degradations import Degradations, degrade
from mimika.training.data.dataset import open_data
from mimika.training.data.unlabeled import open_unlabeled
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.weights import load_network
from mimika.training.no_faces import VALIDATING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.training.networks.face_network import FaceNetwork

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7)
BATCH = 256
SEED = 0


@torch.no_grad()
def presence(network: FaceNetwork, faces: Tensor) -> NDArray[np.float32]:
    """What a network says of (N, C, H, W) faces, 0 to 1; (N,)."""
    return torch.cat([network(part)[PRESENCE_OUTPUT] for part in faces.split(BATCH)]).numpy()[:, 0]


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("boxes", type=Path)
    parser.add_argument("weights", type=Path, nargs="+")
    given = parser.parse_args(argv)
    data, no_faces = open_data(given.data), open_unlabeled(given.boxes, crop="none")
    for path in given.weights:
        network, _ = load_network(path)
        faces, boxes = (
            to_pixels(torch.from_numpy(np.array(split.faces(network.spec))))
            for split in (data.splits["valid"], no_faces)
        )
        boxes = boxes[len(boxes) - len(boxes) // VALIDATING :]
        torch.manual_seed(SEED)
        degraded = torch.cat([degrade(faces, Degradations(clean=0)) for _ in range(2)])
        clean, bad, none = (presence(network, each) for each in (faces, degraded, boxes))
        print(f"{path.name}: {len(faces)} faces, {len(boxes)} boxes without one")
        for least in THRESHOLDS:
            hidden, lost, lost_degraded = ((each < least).mean() for each in (none, clean, bad))
            print(
                f"  under {least:g}: {hidden:.1%} of the boxes, {lost:.2%} of the faces, "
                f"{lost_degraded:.2%} of degraded ones"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
