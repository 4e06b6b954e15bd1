"""The worst mistakes of a model: wrong predictions with the highest confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.training.evaluation.predictions import predict_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.training.data.dataset import LabeledFaces

ACROSS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A face that was predicted wrongly.

    Attributes:
        row: its number in the split.
        face: (H, W, C) uint8, as the model saw it.
        label: what the data set says.
        predicted: what the model gives.
        confidence: the model's probability of that, 0 to 1.
    """

    row: int
    face: NDArray[np.uint8]
    label: str
    predicted: str
    confidence: float


def worst_mistakes(
    classifier: OnnxModel, data: LabeledFaces, *, split: str = "valid", count: int = 24
) -> list[Mistake]:
    """Find the mistakes with the highest confidence.

    Args:
        classifier: the model; it must know the data set's classes.
        data: the data set.
        split: which part of it.
        count: how many to find at most.

    Returns:
        The mistakes, the most confident first.

    Raises:
        InputError: the model was trained on other classes.
    """
    labels = classifier.card.labels
    if not set(data.classes) <= set(labels):
        raise InputError(
            f"The model knows {', '.join(labels)}, and the data set has {', '.join(data.classes)}: "
            "take a model of these classes."
        )
    part = data.splits[split]
    faces = part.faces(classifier.card.input)
    probabilities = predict_outputs(classifier, faces)[MAIN_OUTPUT]
    right = np.array([labels.index(name) for name in data.classes])[np.asarray(part.labels)]
    predicted, confidence = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero((predicted != right) & (np.asarray(part.labels) >= 0))
    return [
        Mistake(
            int(row),
            np.asarray(faces[row]),
            labels[right[row]],
            labels[predicted[row]],
            float(confidence[row]),
        )
        for row in wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    ]


def draw_mistakes(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Draw mistakes side by side, each with its label, what was predicted, and the confidence.

    Args:
        path: the PNG to write.
        mistakes: one or more.

    Raises:
        OutputError: no space, no permission.
    """
    from matplotlib.figure import Figure

    down = max(1, -(-len(mistakes) // ACROSS))
    figure = Figure(figsize=(1.6 * ACROSS, 2.0 * down), layout="constrained")
    for axes in figure.subplots(down, ACROSS, squeeze=False).flat:
        axes.set_axis_off()
    for axes, mistake in zip(figure.axes, mistakes, strict=False):
        axes.imshow(mistake.face.squeeze(), cmap="gray", vmin=0, vmax=255)
        axes.set_title(f"{mistake.label}\n{mistake.predicted} {mistake.confidence:.0%}", fontsize=8)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=110)
