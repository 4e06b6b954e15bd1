"""Whether the packages of the `train` extra are there."""

from __future__ import annotations

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


def require(feature: str) -> None:
    """Make sure that training's packages are there.

    Args:
        feature: what needs them, as a sentence begins.

    Raises:
        MissingExtra: one is missing.
    """
    if any(find_spec(name) is None for name in PACKAGES):
        raise MissingExtra(feature, "train")
