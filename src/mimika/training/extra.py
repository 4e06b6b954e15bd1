"""Whether the packages of the `train` extra are there."""

from __future__ import annotations

import os
from importlib.util import find_spec

from mimika.base.errors import MissingExtra

PACKAGES = (
    "torch",
    "torchvision",
    "lightning_fabric",
    "safetensors",
    "onnx",
    "onnxscript",
    "sklearn",
    "matplotlib",
    "filelock",
)


WAITING = "OMP_WAIT_POLICY"


def wait_passively() -> None:
    """Let threads that compute together sleep while they wait, unless the user chose otherwise.

    They spin by default. With other programs on the same cores the one that is waited for then
    lacks the core on which another spins: steps of mobilefacenet took 4 to 14 times as long, and
    with the cores for itself training is as fast either way. To be called before PyTorch is
    imported, which reads the choice once.
    """
    os.environ.setdefault(WAITING, "PASSIVE")


def require(feature: str) -> None:
    """Make sure that training's packages are there.

    Args:
        feature: what needs them, as a sentence begins.

    Raises:
        MissingExtra: one is missing.
    """
    if any(find_spec(name) is None for name in PACKAGES):
        raise MissingExtra(feature, "train")
