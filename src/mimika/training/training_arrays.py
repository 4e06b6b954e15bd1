"""From a labeled data set to what the training loop takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.schema.outputs import PRESENCE_OUTPUT, Output
from mimika.training.networks import MAIN_HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.models.card import InputSpec
    from mimika.training.config import Config
    from mimika.training.data.dataset import LabeledFaces, Split

PRESENCE = Output(
    name=PRESENCE_OUTPUT,
    kind="continuous",
    labels=("face_presence",),
    tensor=PRESENCE_OUTPUT,
    meaning="Probability that the box holds a face.",
)
"""What a network learns to say of faces and of boxes without a face."""


@dataclass(frozen=True, slots=True)
class TrainingArrays:
    """What a network is trained and validated on.

    Attributes:
        faces: (M, H, W, C) uint8, the training split.
        rows: (N,) the faces of it that are used.
        targets: (M, K) float32 by head; rows sum to 1, or to 0 without a label; values are NaN
            there.
        shares: (K,) shares of the classes among the used faces, by categorical head.
        valid_faces: (V, H, W, C) uint8.
        valid_labels: by head, (V,) int64, -1 where a face has none; of values (V, K) float32, NaN
            there.
        unlabeled: how many of the used faces have no labels at all.
        no_faces: how many of `rows` are no face at all.
        taught: (M, K) float32 answers of teachers by head; rows sum to 1. Empty where there are
            none, or where they are asked at every step.
    """

    faces: NDArray[np.uint8]
    rows: NDArray[np.int64]
    targets: Mapping[str, NDArray[np.float32]]
    shares: Mapping[str, NDArray[np.float32]]
    valid_faces: NDArray[np.uint8]
    valid_labels: Mapping[str, NDArray[Any]]
    unlabeled: int = 0
    no_faces: int = 0
    taught: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def open_faces(data: Path | str | LabeledFaces, config: Config) -> LabeledFaces:
    """Open a data set as a run's settings say; one that is open already stays as it is.

    Raises:
        InputError: the data set is unusable.
    """
    if not isinstance(data, (str, Path)):
        return data
    from mimika.training.data.dataset import open_data

    return open_data(
        Path(data),
        crop=config.crop,
        skip_bad=config.skip_bad,
        labels=config.labels,
        keep_leaks=config.keep_leaks,
        seed=config.seed,
    )


def heads_of(data: LabeledFaces, config: Config) -> dict[str, tuple[str, ...] | Output]:
    """Return what each head is to learn, as `mimika.training.networks.build` takes it.

    `emotion` comes first, then the data set's further labelings, its values, and `presence`.
    """
    train = data.splits["train"]
    heads: dict[str, tuple[str, ...] | Output] = {MAIN_HEAD: tuple(data.classes)}
    if not config.one_head:
        heads |= {name: tuple(labels.classes) for name, labels in train.further.items()}
        heads |= {name: values.output for name, values in train.values.items()}
    if config.no_faces:
        heads[PRESENCE_OUTPUT] = PRESENCE
    return heads


def class_heads(heads: Mapping[str, tuple[str, ...] | Output]) -> dict[str, tuple[str, ...]]:
    """Return the categorical heads alone: names of the classes by head."""
    return {head: what for head, what in heads.items() if not isinstance(what, Output)}


def open_unlabeled_faces(config: Config, data: LabeledFaces) -> Split | None:
    """Open the faces without labels that a run's settings name; None where they name none.

    Raises:
        UsageError: there is no teacher that they could be learnt from.
        InputError: the folder is unusable.
    """
    if not config.unlabeled:
        return None
    if not config.teacher and not config.teacher_cache:
        raise UsageError(
            "--unlabeled faces are learnt from teachers: name one with --teacher, or their answers "
            "with --teacher-cache."
        )
    from mimika.training.data.unlabeled import open_unlabeled

    return open_unlabeled(Path(config.unlabeled), margin=data.crop_margin, skip_bad=config.skip_bad)


def training_faces(
    data: LabeledFaces, unlabeled: Split | None, spec: InputSpec
) -> NDArray[np.uint8]:
    """Return the training faces, and those without labels after them; (M, H, W, C) uint8."""
    labeled = data.splits["train"].faces(spec)
    return labeled if unlabeled is None else np.concatenate([labeled, unlabeled.faces(spec)])


def make_arrays(
    data: LabeledFaces, config: Config, spec: InputSpec, unlabeled: Split | None = None
) -> TrainingArrays:
    """Decode the faces and lay out the targets.

    Args:
        data: the data set.
        config: heads, smoothing, limit.
        spec: the crops that the network takes.
        unlabeled: faces of which only teachers' answers are learnt; a limit meets their share.

    Raises:
        InputError: a split has too few faces.
    """
    train, valid = data.splits["train"], data.splits.get("valid")
    if len(train) < 2:
        raise InputError(f"Training needs two faces or more, and the data set has {len(train)}.")
    if valid is None or not len(valid):
        raise InputError(
            "The data set has no validation faces: add a folder valid/, or more pictures without "
            "splits, which Mimika splits itself (equal pictures stay together)."
        )
    if len(data.classes) < 2:
        raise InputError(
            f"The data set has a single class, {', '.join(data.classes)}, and training needs two "
            "or more: classes are the names of the folders that the pictures lie in; give the "
            "folder above them."
        )
    if not (np.asarray(valid.labels) >= 0).any():
        raise InputError("No validation face has a label: nothing could be measured.")
    heads = heads_of(data, config)
    classes = class_heads(heads)
    targets = {
        head: head_targets(train, head, len(names), config.label_smoothing)
        for head, names in classes.items()
    }
    targets |= {head: train.values[head].values for head in heads if head in train.values}
    rows = chosen_rows(np.asarray(train.labels), config.limit, config.seed)
    shares = {}
    for head in classes:
        total = targets[head][rows].sum(0, dtype=np.float64)
        shares[head] = (total / max(total.sum(), 1e-9)).astype(np.float32)
    more = np.empty(0, np.int64)
    if unlabeled is not None:
        count = max(1, round(len(unlabeled) * len(rows) / len(train)))
        more = len(train) + np.linspace(0, len(unlabeled) - 1, count).astype(np.int64)
        nothing = {
            head: np.full(
                (len(unlabeled), t.shape[1]), 0.0 if head in classes else np.nan, np.float32
            )
            for head, t in targets.items()
        }
        targets = {head: np.concatenate([t, nothing[head]]) for head, t in targets.items()}
    return TrainingArrays(
        faces=training_faces(data, unlabeled, spec),
        rows=np.concatenate([rows, more]),
        targets=targets,
        shares=shares,
        valid_faces=valid.faces(spec),
        valid_labels={head: head_labels(valid, head) for head in targets},
        unlabeled=len(more),
    )


def head_labels(split: Split, head: str) -> NDArray[Any]:
    """Return the class numbers of a head, -1 where a face has none; (N, K) values, NaN there."""
    if head == MAIN_HEAD:
        return np.asarray(split.labels)
    if head in split.values:
        return split.values[head].values
    further = split.further.get(head)
    return np.full(len(split), -1) if further is None else np.asarray(further.labels)


def head_targets(split: Split, head: str, count: int, smoothing: float) -> NDArray[np.float32]:
    """Return what a head should say of each face.

    Args:
        split: the training faces.
        head: its name.
        count: number of its classes, K.
        smoothing: probability moved from a single label to all classes. Votes stay as they are:
            they carry their own doubt.

    Returns:
        (N, K) float32; rows sum to 1, or to 0 where a face has no label.
    """
    if head == MAIN_HEAD and split.soft is not None:
        return np.asarray(split.soft, np.float32)
    labels = head_labels(split, head)
    known = labels >= 0
    targets = np.zeros((len(labels), count), np.float32)
    targets[known] = smoothing / count
    targets[np.flatnonzero(known), labels[known]] += 1 - smoothing
    return targets


def chosen_rows(labels: NDArray[np.int64], limit: int, seed: int) -> NDArray[np.int64]:
    """Choose which faces are used: all, or `limit` of them with every class in its share.

    Args:
        labels: (N,) class numbers.
        limit: how many; 0 takes all.
        seed: of the choice.

    Returns:
        Rising row numbers; at least one a class that occurs.
    """
    everything = np.arange(len(labels))
    if not limit or limit >= len(labels):
        return everything
    rng = np.random.default_rng((seed, 2))
    rows = []
    for label in np.unique(labels):
        of_class = rng.permutation(np.flatnonzero(labels == label))
        rows.append(of_class[: max(1, round(limit * len(of_class) / len(labels)))])
    return np.sort(np.concatenate(rows))


def describe(data: LabeledFaces, arrays: TrainingArrays, name: str) -> str:
    """Say in a sentence what a model was trained on, for its card."""
    heads = [head for head in arrays.targets if head not in (MAIN_HEAD, PRESENCE_OUTPUT)]
    also = f", and {', '.join(heads)}" if heads else ""
    more = f", {arrays.unlabeled} faces without labels" if arrays.unlabeled else ""
    more += ", and boxes without a face" if arrays.no_faces else ""
    return (
        f"{len(arrays.rows) - arrays.unlabeled - arrays.no_faces} faces of {name} with "
        f"{len(data.classes)} classes{also}{more}; "
        f"tuned on {len(arrays.valid_faces)} others."
    )
