"""A face and its mirror image, judged together: what shows the same should get one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.schema.outputs import TILT_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.models.model import Model, Predictions


def predict_mirrored(
    model: Model, faces: NDArray[np.uint8], outputs: Sequence[str] = ()
) -> Predictions:
    """Predict the mean of faces and their mirror images, at twice the time of `Model.predict`.

    Of the tilt it is the mean of the face's and of the mirror image's to the other side; other
    angles are those of the faces alone, as a mirror image has others.

    Args:
        model: predicts.
        faces: (N, H, W, C) uint8, 0-255, as `card.input` says; N may be 0.
        outputs: as of `Model.predict`.

    Returns:
        As `Model.predict`.
    """
    both = model.predict(np.concatenate([faces, faces[:, :, ::-1]]), outputs)
    count, half = len(faces), np.float32(0.5)

    def mean(name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        if name == TILT_OUTPUT:
            return (rows[:count] - rows[count:]) * half
        if model.card.outputs[name].kind == "angles":
            return rows[:count]
        return (rows[:count] + rows[count:]) * half

    return {name: mean(name, rows) for name, rows in both.items()}
