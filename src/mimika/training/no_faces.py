"""Boxes without a face: the head `presence` learns to tell them from faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.schema.outputs import PRESENCE_OUTPUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.models.card import InputSpec
    from mimika.training.config import Config
    from mimika.training.data.dataset import Split
    from mimika.training.training_arrays import TrainingArrays

VALIDATING = 5
"""One box in so many is for validation; they are the last, as pictures of one source have
neighboring names."""

SHARE = 0.15
"""So much of an epoch is no face: few boxes are seen several times, each time changed anew."""


def open_no_faces(config: Config) -> Split | None:
    """Open the boxes without a face that a run's settings name; None where they name none.

    Raises:
        InputError: the folder is unusable, or holds too few to learn from.
    """
    if not config.no_faces:
        return None
    from mimika.training.data.unlabeled import open_unlabeled

    found = open_unlabeled(Path(config.no_faces), crop="none", skip_bad=config.skip_bad)
    if len(found) < VALIDATING:
        raise InputError(
            f"{config.no_faces} holds {len(found)} boxes without a face, and {VALIDATING} are the "
            "least: add more, or leave --no-faces out."
        )
    return found


def with_no_faces(arrays: TrainingArrays, boxes: Split, spec: InputSpec) -> TrainingArrays:
    """Add boxes without a face to what is learnt and validated, and the targets of `presence`.

    Args:
        arrays: faces and what is known of them.
        boxes: without a face.
        spec: the crops that the network takes.
    """
    pictures = boxes.faces(spec)
    first = len(pictures) - len(pictures) // VALIDATING
    faces, valid = len(arrays.faces), len(arrays.valid_faces)
    times = round(SHARE / (1 - SHARE) * len(arrays.rows) / first)
    rows = np.tile(np.arange(faces, faces + first), max(1, times))
    heads = arrays.shares
    return replace(
        arrays,
        faces=np.concatenate([arrays.faces, pictures[:first]]),
        rows=np.concatenate([arrays.rows, rows]),
        targets={
            head: _longer(known, first, 0.0 if head in heads else np.nan)
            for head, known in arrays.targets.items()
        }
        | {PRESENCE_OUTPUT: _yes_and_no(faces, first)},
        taught={head: _longer(known, first, 0.0) for head, known in arrays.taught.items()},
        valid_faces=np.concatenate([arrays.valid_faces, pictures[first:]]),
        valid_labels={
            head: _longer(known, len(pictures) - first, -1 if head in heads else np.nan)
            for head, known in arrays.valid_labels.items()
        }
        | {PRESENCE_OUTPUT: _yes_and_no(valid, len(pictures) - first)},
        no_faces=len(rows),
    )


def _longer(known: NDArray[Any], count: int, value: float) -> NDArray[Any]:
    """Add `count` rows of a value, which stands for what is not known."""
    return np.concatenate([known, np.full((count, *known.shape[1:]), value, known.dtype)])


def _yes_and_no(faces: int, boxes: int) -> NDArray[np.float32]:
    return np.repeat(np.array([[1.0], [0.0]], np.float32), [faces, boxes], axis=0)
