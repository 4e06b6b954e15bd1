"""Ranges for the free axes of a network's inputs, for engines that are built for ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Least, usual, greatest.
BATCH = (1, 1, 64)
SIDE = (32, 320, 1280)


def profiles(inputs: Mapping[str, Sequence[Any]]) -> tuple[str, str, str] | None:
    """Write the least, usual and greatest shapes in TensorRT's notation.

    Args:
        inputs: name of each input to its shape; a free axis is no number. A free first axis counts
            faces, others are the sides of a picture.

    Returns:
        Texts such as "faces:1x48x48x1,other:1x3"; None where no axis is free.
    """
    if all(isinstance(axis, int) for shape in inputs.values() for axis in shape):
        return None
    texts = []
    for which in range(3):
        parts = []
        for name, shape in inputs.items():
            sizes = [
                axis if isinstance(axis, int) else (BATCH if place == 0 else SIDE)[which]
                for place, axis in enumerate(shape)
            ]
            parts.append(f"{name}:{'x'.join(map(str, sizes))}")
        texts.append(",".join(parts))
    return texts[0], texts[1], texts[2]
