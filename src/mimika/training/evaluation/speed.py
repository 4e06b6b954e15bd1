"""How long a model takes for a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.base.timing import measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel

LEAST_RUNS, SECONDS = 30, 0.1


def milliseconds_per_face(model: OnnxModel, face: NDArray[np.uint8] | None = None) -> float:
    """Time one face at a time: the median, in milliseconds.

    Args:
        model: what is timed.
        face: (1, H, W, C) uint8; noise where there is none.
    """
    spec = model.card.input
    if face is None:
        shape = (1, spec.height, spec.width, spec.channels)
        face = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return measure(lambda: model(face), seconds=SECONDS, least_runs=LEAST_RUNS).median_ms
