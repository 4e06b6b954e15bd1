"""Give trained weights the output `tilt`: how far a face is tilted.

    python scripts/fit_tilt_head.py WEIGHTS FERPLUS -o OUT.safetensors [--faces 12000] [--seed 0]

WEIGHTS is a run's folder or its weights; faces of FERPLUS's Training split are turned by angles
that are known. All that the weights held stays as it is. Pictures by themselves are judged upright
with it (docs/model-card.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from mimika.training.data.dataset import open_data
from mimika.training.networks.weights import load_network, notes_of
from mimika.training.tilt_head import add_tilt_head
from mimika.training.trainer.checkpoint import save_tensors


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("data", type=Path, metavar="FERPLUS")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.safetensors")
    parser.add_argument("--faces", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    network, notes = load_network(given.weights)
    faces = open_data(given.data).splits["train"].faces(network.spec)
    rows = np.random.default_rng(given.seed).permutation(len(faces))[: given.faces]
    error = add_tilt_head(network, np.array(faces[np.sort(rows)]), seed=given.seed)
    tensors = {
        key: tensor.half() if torch.is_floating_point(tensor) else tensor
        for key, tensor in network.state_dict().items()
    }
    save_tensors(given.output, tensors, notes | notes_of(network))
    print(f"{given.output}: median error {error:.1f} degrees on faces that it was not fitted on")


if __name__ == "__main__":
    main()
