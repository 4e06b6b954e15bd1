"""What a layout's reader finds: pictures, the labels as written, the splits as given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mimika.schema.outputs import Output

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.training.data.picture_store import Pictures

SPLITS = ("train", "valid", "test")

VALUES: Mapping[str, Output] = {
    output.name: output
    for output in (
        Output(
            name="affect",
            kind="continuous",
            labels=("valence", "arousal"),
            tensor="affect",
            minimum=-1.0,
            maximum=1.0,
            meaning="How pleasant and how excited the expression is.",
        ),
    )
}
"""Outputs of values that a table may have columns for, named as their axes."""

ProblemKind = Literal[
    "missing", "unreadable", "row", "outside", "label", "empty class", "class without training"
]

_WORDS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "publictest": "valid",
    "test": "test",
    "testing": "test",
    "privatetest": "test",
}


@dataclass(frozen=True, slots=True)
class DataProblem:
    """Something that spoils a data set.

    Attributes:
        kind: what kind of thing.
        where: picture, line or class.
        why: the reason, without a full stop.
    """

    kind: ProblemKind
    where: str
    why: str = ""

    def __str__(self) -> str:
        """As it stands in a message."""
        return f"{self.where} ({self.why})" if self.why else self.where


@dataclass(slots=True)
class Listing:
    """A data set as it is written, before anything is decided; N pictures.

    Attributes:
        layout: how it lies on the disk, in words.
        pictures: N pictures.
        labels: N labels as written, "" where there is none.
        splits: N of train, valid, test, or "" where the data set does not say.
        votes: (N, 10) int64 votes of FER+'s annotators, or None.
        fer2013: N labels of FER2013 beside the votes, "" where there is none; or None.
        values: output's name to (N, K) float32, NaN where a picture has none; see `VALUES`.
        columns: name of any other column of a table to its N cells as written, such as age.
        problems: rows and folders that could not be used.
        notes: what the user should know, a sentence each.
        own_test: the data set keeps a test set of its own, without labels.
    """

    layout: str
    pictures: Pictures
    labels: list[str]
    splits: list[str]
    votes: NDArray[np.int64] | None = None
    fer2013: list[str] | None = None
    values: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    problems: list[DataProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own_test: bool = False


def split_named(word: str) -> str | None:
    """Return train, valid or test for what data sets call them; None for another word."""
    return _WORDS.get(word.strip().casefold().replace("_", "").replace(" ", ""))
