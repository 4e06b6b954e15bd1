"""A CSV file of path and label."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.sources.picture import PICTURE_SUFFIXES
from mimika.training.data.layouts.csv_rows import column, first_row, rows
from mimika.training.data.layouts.folders import pictures_below
from mimika.training.data.listing import VALUES, DataProblem, Listing, split_named
from mimika.training.data.picture_store import FilePictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.schema.outputs import Output

PATHS = (
    "path",
    "image_path",
    "img_path",
    "file_path",
    "filepath",
    "image",
    "img",
    "file",
    "filename",
    "file_name",
    "image_name",
    "picture",
    "pth",
    "image_id",
    "img_id",
    "id",
)
LABELS = ("label", "emotion", "class", "expression", "category", "target")
SPLIT = ("split", "usage", "subset", "set")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table has what.

    Attributes:
        path: column of the picture's path.
        label: column of its label.
        split: column of train, valid or test; None where there is none.
        values: columns of an output's axes, by the output's name.
        others: all further columns, by their names.
        has_header: the first row names the columns.
    """

    path: int
    label: int
    split: int | None = None
    values: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    has_header: bool = True


@dataclass(slots=True)
class _Rows:
    """The usable rows so far, and what was wrong with others."""

    paths: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    values: dict[str, list[list[float]]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    problems: list[DataProblem] = field(default_factory=list)


def is_table(path: Path) -> bool:
    """Whether a CSV file has a header with a column of paths and one of labels.

    Raises:
        InputError: it cannot be read.
    """
    header = first_row(path)
    return column(header, PATHS) is not None and column(header, LABELS) is not None


class Finder:
    """Finds the picture that a table means: its path, or its name or number without an ending."""

    def __init__(self, root: Path) -> None:
        """Look for pictures below `root`."""
        self._root = root

    @cached_property
    def _known(self) -> dict[str, str]:
        """Name, path and both without ending to the path; "" where several have it."""
        found: dict[str, str] = {}
        for path in pictures_below(self._root):
            whole, name = PurePosixPath(path), PurePosixPath(path).name
            for key in {path, name, str(whole.with_suffix("")), whole.stem}:
                found[key] = "" if key in found else path
        return found

    def __call__(self, relative: str) -> str:
        """Return the path of the picture that is meant; as it is where none or several could be."""
        if (self._root / relative).is_file():
            return relative
        return self._known.get(relative) or relative


def surplus_beginning(cells: list[str], root: Path) -> str:
    """Find what paths begin with that is not below a folder, such as its own name; "" for nothing.

    It is what all have in common, where none of them is a picture as it is and at least half of
    them are without it.

    Args:
        cells: the paths as they are written.
        root: the folder.

    Returns:
        With forward slashes, one at its end.
    """
    paths = [PurePosixPath(slashed(cell)).parts for cell in cells if cell]
    if not paths or any((root / cell).is_file() for cell in map(slashed, cells) if cell):
        return ""
    # In order, what the first and the last one have in common all have.
    first, last = min(paths)[:-1], max(paths)[:-1]
    for count in range(1, len(first) + 1):
        if first[:count] != last[:count]:
            break
        found = sum(root.joinpath(*parts[count:]).is_file() for parts in paths)
        if found * 2 >= len(paths):
            return str(PurePosixPath(*first[:count])).rstrip("/") + "/"
    return ""


def slashed(cell: str) -> str:
    """A path with single forward slashes, without "./"."""
    return str(PurePosixPath(cell.replace("\\", "/")))


def read(path: Path, layout: str = "a CSV of path and label") -> Listing:
    """Read a table; its paths are relative to the folder that it lies in.

    Columns that are named as the axes of an output (`mimika.training.data.listing.VALUES`), such as
    valence and arousal, are its values; an empty cell has none. Cells of any further column, such
    as age, are kept as they are written.

    Args:
        path: the CSV file.
        layout: what to call it.

    Raises:
        InputError: it is empty, or lacks a column of paths or labels.
    """
    lines = list(rows(path))
    if not lines:
        raise InputError(f"{path} is empty: give a CSV with the columns path and label.")
    columns = _columns(path, lines[0][1])
    lines = lines[columns.has_header :]
    cells = [row[columns.path] for _, row in lines if len(row) > columns.path]
    surplus = surplus_beginning(cells, path.parent)
    kept, find = _Rows(), Finder(path.parent)
    kept.values = {name: [] for name in columns.values}
    kept.others = {name: [] for name in columns.others}
    for line, row in lines:
        if surplus and len(row) > columns.path:
            row[columns.path] = slashed(row[columns.path]).removeprefix(surplus)
        if problem := _take(kept, row, columns, find, path, f"{path.name} line {line}"):
            kept.problems.append(problem)
    if not kept.paths:
        reason = f" The first: {kept.problems[0]}." if kept.problems else ""
        raise InputError(f"{path} has no usable row.{reason}")
    return Listing(
        layout,
        FilePictures(path.parent, kept.paths),
        kept.labels,
        kept.splits,
        values={name: np.array(each, np.float32) for name, each in kept.values.items()},
        columns=kept.others,
        problems=kept.problems,
        notes=[f"The paths of {path.name} are read without the beginning {surplus!r}."]
        if surplus
        else [],
    )


def _take(
    kept: _Rows, row: list[str], columns: Columns, find: Finder, path: Path, where: str
) -> DataProblem | None:
    """Take a row, or say what is wrong with it."""
    if len(row) <= max(columns.path, columns.label) or not row[columns.path]:
        return DataProblem("row", where, "it has no path or no label")
    if not row[columns.label]:
        return DataProblem("row", where, "the label is empty")
    relative, fault = _inside(row[columns.path], path.parent)
    if fault:
        return DataProblem("outside", where, fault)
    split = ""
    if columns.split is not None and len(row) > columns.split and (word := row[columns.split]):
        named = split_named(word)
        if named is None:
            return DataProblem("row", where, f"the split {word!r} is not train, valid or test")
        split = named
    values = {}
    for name, places in columns.values.items():
        try:
            values[name] = [_value(row, place, VALUES[name]) for place in places]
        except ValueError as error:
            return DataProblem("row", where, str(error))
    kept.paths.append(find(relative))
    kept.labels.append(row[columns.label])
    kept.splits.append(split)
    for name, each in values.items():
        kept.values[name].append(each)
    for name, place in columns.others.items():
        kept.others[name].append(row[place] if len(row) > place else "")
    return None


def _value(row: list[str], place: int, output: Output) -> float:
    """A cell's value, NaN where it is empty.

    Raises:
        ValueError: it is no number, or out of the output's range.
    """
    cell = row[place] if len(row) > place else ""
    if not cell:
        return float("nan")
    try:
        value = float(cell)
    except ValueError as error:
        raise ValueError(f"{cell!r} is no number for {output.name}") from error
    if not output.minimum <= value <= output.maximum:
        raise ValueError(
            f"{cell} is not from {output.minimum:g} to {output.maximum:g} as {output.name} is"
        )
    return value


def _columns(path: Path, row: list[str]) -> Columns:
    """Find the columns in the first row, which may be a header."""
    where, what = column(row, PATHS), column(row, LABELS)
    if where is not None and what is not None:
        found = {
            name: [column(row, (axis,)) for axis in out.labels] for name, out in VALUES.items()
        }
        values = {
            name: tuple(place for place in places if place is not None)
            for name, places in found.items()
            if None not in places
        }
        split = column(row, SPLIT)
        taken = {where, what, split, *(place for places in values.values() for place in places)}
        others = {name: place for place, name in enumerate(row) if name and place not in taken}
        return Columns(where, what, split, values, others)
    pictures = [i for i, cell in enumerate(row) if _suffix(cell) in PICTURE_SUFFIXES]
    if len(pictures) == 1 and len(row) >= 2:
        # No header. With an index before the path, the label is what follows.
        place = pictures[0]
        label = place + 1 if place + 1 < len(row) else place - 1
        return Columns(place, label, has_header=False)
    raise InputError(
        f"{path} has the columns {', '.join(row[:_NAMED]) or 'none'}: name one `path` and one "
        "`label`."
    )


_NAMED = 8


def _inside(cell: str, root: Path) -> tuple[str, str]:
    """The path relative to `root` with forward slashes, or the reason why it is refused."""
    cell = cell.replace("\\", "/")
    # Links stay as they are, so that a folder of links is a data set.
    base = os.path.abspath(root)  # noqa: PTH100
    whole = os.path.normpath(os.path.join(base, cell))  # noqa: PTH118
    foreign = PureWindowsPath(cell).drive and not PureWindowsPath(base).drive
    if not foreign and Path(whole).is_relative_to(base) and whole != base:
        return Path(whole).relative_to(base).as_posix(), ""
    if foreign or PurePosixPath(cell).is_absolute() or PureWindowsPath(cell).drive:
        return "", f"the path {cell} is absolute: write it relative to the CSV's folder"
    return "", f"the path {cell} climbs out of the CSV's folder: move the pictures into it"


def _suffix(cell: str) -> str:
    return os.path.splitext(cell)[1].lower()  # noqa: PTH122
