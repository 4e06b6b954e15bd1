"""A model's predictions in the classes of a data set, from whichever output fits them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.labels.emotions import canonical
from mimika.models.mirrored import predict_mirrored
from mimika.models.preprocessing import turned_crop
from mimika.models.still import predict_still
from mimika.schema.outputs import MAIN_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.models.card import Card
    from mimika.models.model import OnnxModel
    from mimika.training.evaluation.evaluate import Progress

BATCH = 64


@dataclass(frozen=True, slots=True)
class OutputMapping:
    """Which output of a model gives the classes of a data set.

    Attributes:
        output: name of the model's output.
        columns: for each class the column of that output.
        whole: the output knows no other class, so its rows need no new sum.
    """

    output: str
    columns: tuple[int, ...]
    whole: bool


def mapping_to(card: Card, classes: Sequence[str]) -> OutputMapping:
    """Choose the output that knows the classes, and as few others as possible.

    Args:
        card: of the model.
        classes: names, as the data set or `--labels` has them.

    Raises:
        InputError: no output knows them all.
    """
    found: list[OutputMapping] = []
    for output in card.outputs.values():
        if output.kind != "categorical":
            continue
        labels = output.labels
        places = {_plain(label): column for column, label in enumerate(labels)}
        columns = [places.get(_plain(name)) for name in classes]
        if None not in columns:
            whole = len(classes) == len(labels)
            found.append(
                OutputMapping(output.name, tuple(c for c in columns if c is not None), whole)
            )
    if not found:
        known = {_plain(label) for label in card.labels}
        unknown = [name for name in classes if _plain(name) not in known]
        raise InputError(
            f"The model {card.name} does not know {', '.join(unknown)}: it knows "
            f"{', '.join(card.labels)}. Choose other --labels, or data with these classes."
        )
    return min(found, key=lambda mapping: len(card.outputs[mapping.output].labels))


def predict_outputs(
    model: OnnxModel,
    faces: NDArray[np.uint8],
    outputs: Sequence[str] = (MAIN_OUTPUT,),
    *,
    mirror: bool = False,
    still: bool = False,
    progress: Progress | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Predict many faces, a batch at a time.

    Args:
        model: predicts.
        faces: (N, H, W, C) uint8; may lie on the disk.
        outputs: names of the model's outputs.
        mirror: average over the face and its mirror image; angles are left as they are.
        still: judge them as pictures by themselves (`mimika.models.still`), tilted ones turned
            within what is known of them.
        progress: called with what is done, how many faces of how many.

    Returns:
        (N, K) float32 by the output's name.
    """
    parts: list[dict[str, NDArray[np.float32]]] = []
    for start in range(0, len(faces), BATCH):
        batch = np.ascontiguousarray(faces[start : start + BATCH])
        if still:
            turn = partial(_upright, batch)
            parts.append(predict_still(model, batch, turn, outputs))
        elif mirror:
            parts.append(predict_mirrored(model, batch, outputs))
        else:
            parts.append(model.predict(batch, outputs))
        if progress is not None:
            progress("predicting the faces", min(start + BATCH, len(faces)), len(faces))
    if not parts:
        return model.predict(faces, outputs)
    return {name: np.concatenate([part[name] for part in parts]) for name in outputs}


def predict(
    model: OnnxModel,
    faces: NDArray[np.uint8],
    mapping: OutputMapping,
    *,
    mirror: bool = False,
    still: bool = False,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Predict many faces in the classes of a data set; see `predict_outputs`.

    Args:
        model: predicts.
        faces: (N, H, W, C) uint8; may lie on the disk.
        mapping: which output and columns.
        mirror: average over the face and its mirror image.
        still: as of `predict_outputs`.
        progress: called with what is done, how many faces of how many.

    Returns:
        (N, K) float32, rows summing to 1: where the output knows more classes, what these have is
        left out.
    """
    found = predict_outputs(
        model, faces, (mapping.output,), mirror=mirror, still=still, progress=progress
    )
    return in_classes(found[mapping.output], mapping)


def in_classes(probabilities: NDArray[np.float32], mapping: OutputMapping) -> NDArray[np.float32]:
    """The probabilities of a data set's classes, (N, K), of those of the mapping's output."""
    chosen: NDArray[np.float32] = probabilities[:, mapping.columns]
    if mapping.whole:
        return chosen
    total = chosen.sum(1, keepdims=True)
    even = np.float32(1 / len(mapping.columns))
    return np.where(total > 0, chosen / np.maximum(total, np.float32(1e-30)), even)


def _upright(faces: NDArray[np.uint8], number: int, degrees: float) -> NDArray[np.uint8]:
    return turned_crop(faces[number], degrees)


def _plain(name: str) -> str:
    return canonical(name) or name.casefold()
