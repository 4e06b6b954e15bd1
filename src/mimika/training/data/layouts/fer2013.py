"""fer2013.csv of the 2013 challenge, alone or with FER+'s fer2013new.csv beside it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.labels.vocabularies import FER2013, FERPLUS
from mimika.training.data.cache import cached
from mimika.training.data.layouts.csv_rows import column, first_row, rows
from mimika.training.data.listing import DataProblem, Listing, split_named
from mimika.training.data.picture_store import ArrayPictures, file_key

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TABLES = ("fer2013.csv", "icml_face_data.csv")
VOTES_TABLE = "fer2013new.csv"
SIDE = 48
VOTE_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
    "unknown", "nf",
)  # fmt: skip
assert len(VOTE_COLUMNS) == len(FERPLUS.labels) + 2


def is_table(path: Path) -> bool:
    """Whether a CSV file has the columns emotion and pixels."""
    header = first_row(path)
    return column(header, ("emotion",)) is not None and column(header, ("pixels",)) is not None


def is_here(folder: Path) -> bool:
    """Whether a folder holds the file, under one of its names."""
    return any((folder / name).is_file() for name in TABLES)


def read(path: Path) -> Listing:
    """Read the faces once into the cache, and the labels.

    Args:
        path: the CSV file, or its folder.

    Raises:
        InputError: columns are missing, or the two files do not belong together.
    """
    if path.is_dir():
        path = next(path / name for name in TABLES if (path / name).is_file())
    key = file_key(path)
    with np.load(
        cached("fer2013-rows", key, ".npz", lambda part: _decode(path, key, part))
    ) as kept:
        emotions, usage, rows_kept = kept["emotions"], kept["usage"], kept["rows"]
        problems = [DataProblem("row", *text.split("\t")) for text in kept["problems"].tolist()]
    if not len(rows_kept):
        why = " ".join(["", f"The first: {problems[0]}."]) if problems else ""
        raise InputError(f"{path} has no usable row: it needs the columns emotion and pixels.{why}")
    faces = np.load(_faces_file(path, key), mmap_mode="r")
    labels = [FER2013.labels[e] for e in emotions]
    listing = Listing(
        "fer2013.csv",
        ArrayPictures(faces, [f"row {n}" for n in rows_kept], key),
        labels,
        usage.tolist(),
        problems=problems,
    )
    votes = path.with_name(VOTES_TABLE)
    if votes.is_file():
        every, splits = read_votes(votes)
        total = len(rows_kept) + len(problems)
        if len(every) != total:
            raise InputError(
                f"{votes.name} has {len(every)} rows and {path.name} {total}: they must be of the "
                "same release, row by row."
            )
        if any(s and t and s != t for s, t in zip(splits[rows_kept], usage, strict=True)):
            raise InputError(
                f"{votes.name} and {path.name} disagree on which rows are for training: they must "
                "be of the same release, row by row."
            )
        listing.layout, listing.votes = "fer2013.csv with FER+ votes", every[rows_kept]
        listing.fer2013 = labels
    return listing


def read_votes(path: Path) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Read fer2013new.csv.

    Returns:
        (N, 10) int64 votes in the order of `VOTE_COLUMNS`, and (N,) train, valid, test or "".

    Raises:
        InputError: a column is missing, or a vote is not a number.
    """
    places: list[int] = []
    usage_at: int | None = None
    votes, splits = [], []
    for line, row in rows(path):
        if not places:
            found = [column(row, (name,)) for name in VOTE_COLUMNS]
            if None in found:
                missing = VOTE_COLUMNS[found.index(None)]
                raise InputError(f"{path} has no column {missing}: give FER+'s own file.")
            places, usage_at = [p for p in found if p is not None], column(row, ("usage",))
            continue
        try:
            votes.append([int(row[p]) for p in places])
            splits.append(_split(row, usage_at))
        except (ValueError, IndexError) as error:
            raise InputError(
                f"{path} line {line} holds no ten votes: get the file anew."
            ) from error
    return np.array(votes, np.int64).reshape(-1, 10), np.array(splits, "U5")


def _faces_file(path: Path, key: str) -> Path:
    """The faces, (N, 48, 48) uint8; apart from the labels, so that they can stay on the disk."""

    def again(part: Path) -> None:
        np.save(part, _read_rows(path)[0])

    return cached("fer2013-faces", key, ".npy", again)


def _decode(path: Path, key: str, part: Path) -> None:
    faces, columns = _read_rows(path)
    cached("fer2013-faces", key, ".npy", lambda other: np.save(other, faces))
    names = ("emotions", "usage", "rows", "problems")
    emotions, usage, kept, problems = (columns[name] for name in names)
    np.savez(part, emotions=emotions, usage=usage, rows=kept, problems=problems)


def _read_rows(path: Path) -> tuple[NDArray[np.uint8], dict[str, NDArray[Any]]]:
    """Read the whole file: the faces, and by name what is known of each."""
    header = first_row(path)
    emotion, pixels = column(header, ("emotion",)), column(header, ("pixels",))
    usage = column(header, ("usage",))
    if emotion is None or pixels is None:
        raise InputError(
            f"{path} has the columns {', '.join(header)}: it needs emotion and pixels (and Usage)."
        )
    faces, emotions, splits, kept, problems = [], [], [], [], []
    for number, (line, row) in enumerate(rows(path), -1):
        if number < 0:
            continue
        try:
            label = int(row[emotion])
            face = _pixels(row[pixels])
            if face.size != SIDE * SIDE or face.min() < 0 or face.max() > 255:
                raise ValueError(f"{face.size} pixels, and not {SIDE * SIDE} from 0 to 255")
            if not 0 <= label < len(FER2013.labels):
                raise ValueError(f"the emotion {label} is not from 0 to 6")
            split = _split(row, usage)
        except (ValueError, IndexError) as error:
            reason = "cells are missing" if isinstance(error, IndexError) else str(error)
            problems.append(f"{path.name} line {line}\t{reason[:80]}")
            continue
        faces.append(face.astype(np.uint8).reshape(SIDE, SIDE))
        emotions.append(label)
        splits.append(split)
        kept.append(number)
    return np.array(faces, np.uint8).reshape(-1, SIDE, SIDE), {
        "emotions": np.array(emotions, np.int64),
        "usage": np.array(splits, "U5"),
        "rows": np.array(kept, np.int64),
        "problems": np.array(problems, "U200"),
    }


def _pixels(text: str) -> NDArray[np.int64]:
    """Numbers between spaces; six times as fast as splitting the text.

    Raises:
        ValueError: there is something else between them.
    """
    with warnings.catch_warnings():
        # What NumPy cannot read ends the numbers with a warning, and in new releases an error.
        warnings.simplefilter("error")
        try:
            return np.fromstring(text, np.int64, sep=" ")
        except (DeprecationWarning, ValueError) as error:
            raise ValueError("the pixels are not numbers between spaces") from error


def _split(row: list[str], place: int | None) -> str:
    if place is None or not row[place]:
        return ""
    named = split_named(row[place])
    if named is None:
        raise ValueError(f"the usage {row[place][:40]!r} is not known")
    return named
