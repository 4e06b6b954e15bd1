"""What a layout's reader finds: pictures, the labels as written, the splits as given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mimika.training.data.picture_store import Pictures

SPLITS = ("train", "valid", "test")

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
    """A data set as it is written, before anything is judged; N pictures.

    Attributes:
        layout: how it lies on the disk, in words.
        root: folder or file that it was read from.
        pictures: N pictures.
        labels: N labels as written, "" where there is none.
        splits: N of train, valid, test, or "" where the data set does not say.
        votes: (N, 10) int64 votes of FER+'s annotators, or None.
        fer2013: N labels of FER2013 beside the votes, "" where there is none; or None.
        problems: rows and folders that could not be used.
        notes: what the user should know, a sentence each.
        own_test: the data set keeps a test set of its own, without labels.
    """

    layout: str
    root: Path
    pictures: Pictures
    labels: list[str]
    splits: list[str]
    votes: NDArray[np.int64] | None = None
    fer2013: list[str] | None = None
    problems: list[DataProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own_test: bool = False


def split_named(word: str) -> str | None:
    """Return train, valid or test for what data sets call them; None for another word."""
    return _WORDS.get(word.strip().casefold().replace("_", "").replace(" ", ""))
