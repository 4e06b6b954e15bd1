"""FER2013 faces as lossless sheets: labels.csv beside faces-00.webp, faces-01.webp and so on.

A sheet shows faces of 48 x 48 pixels row by row; all sheets together have them in the order of
labels.csv, whose columns are fer_index, usage, fer2013 and FER+'s ten votes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.training.data.face_sheets import PATTERN, read_sheets
from mimika.training.data.layouts.csv_rows import column, first_row, rows
from mimika.training.data.layouts.fer2013 import VOTE_COLUMNS
from mimika.training.data.listing import Listing, split_named

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "labels.csv"
SIDE = 48
COLUMNS = ("fer_index", "usage", "fer2013", *VOTE_COLUMNS[:-1], "no_face")


def is_table(path: Path) -> bool:
    """Whether a CSV file is the table beside the sheets."""
    return path.name == TABLE and is_here(path.parent)


def is_here(folder: Path) -> bool:
    """Whether a folder holds the table and sheets."""
    path = folder / TABLE
    if not path.is_file() or next(folder.glob(PATTERN), None) is None:
        return False
    header = first_row(path)
    return all(column(header, (name,)) is not None for name in COLUMNS)


def read(folder: Path) -> Listing:
    """Read the table; sheets are decoded once into the cache.

    Raises:
        InputError: a row cannot be read, or the sheets hold fewer faces than the table has rows.
    """
    path = folder / TABLE
    header = first_row(path)
    places = {name: column(header, (name,)) or 0 for name in COLUMNS}
    names, splits, fer2013, votes = [], [], [], []
    for line, row in rows(path):
        if row == header:
            continue
        try:
            names.append(f"fer{int(row[places['fer_index']]):07d}")
            splits.append(split_named(row[places["usage"]]) or "")
            fer2013.append(row[places["fer2013"]])
            votes.append([int(row[places[name]]) for name in COLUMNS[3:]])
        except (ValueError, IndexError) as error:
            raise InputError(f"{path} line {line} cannot be read: get the file anew.") from error
    return Listing(
        "sheets of FER2013 faces with FER+ votes",
        read_sheets(path, names, side=SIDE),
        fer2013,
        splits,
        votes=np.array(votes, np.int64),
        fer2013=fer2013,
    )
