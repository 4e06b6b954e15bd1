"""Model files of the well-known networks with random weights, to time them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from mimika.labels.emotions import EMOTIONS
from mimika.training.export import Origin, export
from mimika.training.networks import MAIN_HEAD, build, input_spec

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 128
NETWORKS = ("custom_cnn", "mobilenet_v2", "resnet50", "vgg19")


def write_models(folder: Path) -> dict[str, Path]:
    """Write the networks of the original work for RGB faces of 128x128.

    Args:
        folder: where to; it exists.

    Returns:
        The model files by the networks' names.

    Raises:
        OutputError: no space, no permission.
    """
    files = {}
    with torch.random.fork_rng(()):
        for name in NETWORKS:
            torch.manual_seed(0)
            spec = input_spec(name, size=SIZE, color="rgb")
            files[name] = folder / f"{name}.onnx"
            origin = Origin(name=name, notes="Random weights, for timing only.")
            export(build(name, {MAIN_HEAD: EMOTIONS}, spec), files[name], origin)
    return files
