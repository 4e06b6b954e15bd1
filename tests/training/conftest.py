"""Small data sets of real faces for the tests of training."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np


@pytest.fixture(scope="session")
def clip_faces(demo_clip: Path) -> np.ndarray:
    """Faces of the demo clip in their order, (N, 96, 96, 3) uint8 BGR."""
    import torch

    from helpers.faces_in_memory import clip_pictures

    # Networks this small gain little from threads, and tests that run side by side lose by them.
    torch.set_num_threads(1)
    return clip_pictures(demo_clip)


@pytest.fixture(autouse=True, scope="session")
def one_table_of_operators() -> Iterator[None]:
    """PyTorch's exporter lists its operators anew each time, a third of a small export's time."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            from torch.onnx._internal.exporter import _registration
        except ImportError:
            yield  # another release keeps it elsewhere, and the tests only take longer
            return
        table = staticmethod(functools.cache(_registration.ONNXRegistry.from_torchlib))
        patch.setattr(_registration.ONNXRegistry, "from_torchlib", table)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Decoded pictures of the tests go away with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMIKA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
