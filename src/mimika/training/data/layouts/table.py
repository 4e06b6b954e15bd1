"""A CSV file of path and label."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

from mimika.base.errors import InputError
from mimika.sources.picture import PICTURE_SUFFIXES
from mimika.training.data.layouts.csv_rows import column, rows
from mimika.training.data.listing import DataProblem, Listing, split_named
from mimika.training.data.picture_store import FilePictures

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
)
LABELS = ("label", "emotion", "class", "expression", "category", "target")
SPLIT = ("split", "usage", "subset", "set")


def read(path: Path, layout: str = "a CSV of path and label") -> Listing:
    """Read a table; its paths are relative to the folder that it lies in.

    Args:
        path: the CSV file.
        layout: what to call it.

    Raises:
        InputError: it is empty, or lacks a column of paths or labels.
    """
    columns: tuple[int, int, int | None] | None = None
    root = path.parent
    paths: list[str] = []
    labels: list[str] = []
    splits: list[str] = []
    problems: list[DataProblem] = []
    for line, row in rows(path):
        if columns is None:
            columns, is_header = _columns(path, row)
            if is_header:
                continue
        where = f"{path.name} line {line}"
        if len(row) <= max(columns[0], columns[1]) or not row[columns[0]]:
            problems.append(DataProblem("row", where, "it has no path or no label"))
            continue
        if not row[columns[1]]:
            problems.append(DataProblem("row", where, "the label is empty"))
            continue
        relative, fault = _inside(row[columns[0]], root)
        if fault:
            problems.append(DataProblem("outside", where, fault))
            continue
        split = ""
        if columns[2] is not None and len(row) > columns[2] and (word := row[columns[2]]):
            named = split_named(word)
            if named is None:
                problems.append(
                    DataProblem("row", where, f"the split {word!r} is not train, valid or test")
                )
                continue
            split = named
        paths.append(relative)
        labels.append(row[columns[1]])
        splits.append(split)
    if columns is None:
        raise InputError(f"{path} is empty: give a CSV with the columns path and label.")
    if not paths:
        reason = f" The first: {problems[0]}." if problems else ""
        raise InputError(f"{path} has no usable row.{reason}")
    return Listing(layout, path, FilePictures(root, paths), labels, splits, problems=problems)


def _columns(path: Path, row: list[str]) -> tuple[tuple[int, int, int | None], bool]:
    """Columns of path, label and split, and whether the first row is a header."""
    where, what = column(row, PATHS), column(row, LABELS)
    if where is not None and what is not None:
        return (where, what, column(row, SPLIT)), True
    pictures = [i for i, cell in enumerate(row) if _suffix(cell) in PICTURE_SUFFIXES]
    if len(pictures) == 1 and len(row) >= 2:
        # No header. With an index before the path, the label is what follows.
        place = pictures[0]
        label = place + 1 if place + 1 < len(row) else place - 1
        return (place, label, None), False
    raise InputError(
        f"{path} has the columns {', '.join(row[:_NAMED]) or 'none'}: name one `path` and one "
        "`label`."
    )


_NAMED = 8


def _inside(cell: str, root: Path) -> tuple[str, str]:
    """The path relative to `root` with forward slashes, or the reason why it is refused."""
    cell = cell.replace("\\", "/")
    if PureWindowsPath(cell).drive or cell.startswith("/"):
        base = os.path.abspath(root).replace(os.sep, "/")  # noqa: PTH100 -- links stay as they are
        if not os.path.normpath(cell).replace(os.sep, "/").startswith(base.rstrip("/") + "/"):
            return "", f"the path {cell} is absolute: write it relative to the CSV's folder"
        cell = os.path.relpath(cell, base)
    relative = os.path.normpath(cell).replace(os.sep, "/")
    if relative == ".." or relative.startswith("../"):
        return "", f"the path {cell} climbs out of the CSV's folder: move the pictures into it"
    return relative, ""


def _suffix(cell: str) -> str:
    return os.path.splitext(cell)[1].lower()  # noqa: PTH122
