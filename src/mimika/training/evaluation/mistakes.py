"""The worst mistakes of a model: where it was surest and wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.training.figures import predict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.training.data.dataset import LabelledFaces

ACROSS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A face that was judged wrongly.

    Attributes:
        row: its number in the split.
        face: (H, W, C) uint8, as the model saw it.
        label: what the data set says.
        said: what the model says.
        confidence: how sure the model is, 0 to 1.
    """

    row: int
    face: NDArray[np.uint8]
    label: str
    said: str
    confidence: float


def worst_mistakes(
    classifier: OnnxModel, data: LabelledFaces, *, split: str = "valid", count: int = 24
) -> list[Mistake]:
    """Find the mistakes that a model is surest of.

    Args:
        classifier: the model; it must know the data set's classes.
        data: the data set.
        split: which part of it.
        count: how many to find at most.

    Returns:
        The mistakes, the surest first.

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
    probabilities = predict(classifier, faces)
    right = np.array([labels.index(name) for name in data.classes])[np.asarray(part.labels)]
    said, sure = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero((said != right) & (np.asarray(part.labels) >= 0))
    return [
        Mistake(
            int(row),
            np.asarray(faces[row]),
            labels[right[row]],
            labels[said[row]],
            float(sure[row]),
        )
        for row in wrong[np.argsort(-sure[wrong], kind="stable")][:count]
    ]


def draw_mistakes(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Draw mistakes side by side, each with its label and what the model said.

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
        axes.set_title(f"{mistake.label}\nsaid {mistake.said} {mistake.confidence:.0%}", fontsize=8)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=110)
