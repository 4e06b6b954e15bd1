"""A face of a picture by itself, judged as often as it takes: mirrored, and upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.models.mirrored import predict_mirrored
from mimika.schema.outputs import TILT_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mimika.models.model import Model, Predictions

    CutUpright = Callable[[int, float], NDArray[np.uint8]]
    """A face's number and the degrees by which it is tilted clockwise to its crop, turned back."""

TILTED_DEGREES = 20.0
"""Faces that the model says are tilted further are judged upright."""
MOST_DEGREES = 60.0
"""Faces are turned back by no more: the model has seen none that were tilted further."""


def predict_still(
    model: Model, faces: NDArray[np.uint8], upright: CutUpright, outputs: Sequence[str] = ()
) -> Predictions:
    """Predict what faces of a picture by itself show.

    The mean of each face and its mirror image; instead of a face that is tilted by more than
    `TILTED_DEGREES`, as a model with the output `TILT_OUTPUT` says, of the face cut upright.

    Args:
        model: predicts.
        faces: (N, H, W, C) uint8, 0-255, as `card.input` says; N may be 0.
        upright: cuts a face upright, such a (H, W, C).
        outputs: as of `Model.predict`.

    Returns:
        As `predict_mirrored`, without `TILT_OUTPUT` unless it was asked for.
    """
    card = model.card
    if TILT_OUTPUT not in card.outputs:
        return predict_mirrored(model, faces, outputs)
    wanted = (*(name for name in outputs if name != TILT_OUTPUT), TILT_OUTPUT)
    wanted = wanted if outputs else card.judged
    found = predict_mirrored(model, faces, wanted)
    tilts = found[TILT_OUTPUT][:, 0]
    tilted = np.flatnonzero(np.abs(tilts) > TILTED_DEGREES)
    if len(tilted):
        degrees = np.clip(tilts, -MOST_DEGREES, MOST_DEGREES)
        again = np.stack([upright(int(i), float(degrees[i])) for i in tilted])
        for name, rows in predict_mirrored(model, again, wanted).items():
            if card.outputs[name].kind != "angles":
                found[name][tilted] = rows
    if TILT_OUTPUT not in outputs:
        del found[TILT_OUTPUT]
    return found
