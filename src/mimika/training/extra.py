"""Whether the packages of an extra are there."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Literal

from mimika.base.errors import MissingExtra

PACKAGES = {
    "evaluate": ("sklearn", "scipy"),
    "train": (
        "torch",
        "torchvision",
        "lightning_fabric",
        "safetensors",
        "onnx",
        "onnxscript",
        "sklearn",
        "matplotlib",
        "filelock",
    ),
}
"""Extra of pyproject.toml to the packages that are looked for, by the names that are imported."""


WAITING = "OMP_WAIT_POLICY"


def wait_passively() -> None:
    """Let threads that compute together sleep while they wait, unless the user chose otherwise.

    They spin by default. With other programs on the same cores the one that is waited for then
    lacks the core on which another spins: steps of mobilefacenet took 4 to 14 times as long, and
    with the cores for itself training is as fast either way. To be called before PyTorch is
    imported, which reads the choice once.
    """
    os.environ.setdefault(WAITING, "PASSIVE")


def require(feature: str, extra: Literal["train", "evaluate"] = "train") -> None:
    """Make sure that an extra's packages are there.

    Args:
        feature: what needs them, as a sentence begins.
        extra: which; evaluating a model file needs no PyTorch.

    Raises:
        MissingExtra: one is missing.
    """
    if any(find_spec(name) is None for name in PACKAGES[extra]):
        raise MissingExtra(feature, extra)
