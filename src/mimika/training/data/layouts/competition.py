"""The Kaggle competition's folder: train.csv, train/<class>/<n>.jpg, test_kaggle/, the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.training.data.layouts import table
from mimika.training.data.layouts.csv_rows import column, first_row
from mimika.training.data.layouts.folders import pictures_below

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.training.data.listing import Listing

TABLE = "train.csv"
SAMPLE = "sample_submission.csv"
TEST_FOLDER = "test_kaggle"


def is_here(folder: Path) -> bool:
    """Whether a folder has train.csv with a column of paths beside train/."""
    path = folder / TABLE
    if not path.is_file() or not (folder / "train").is_dir():
        return False
    return column(first_row(path), table.PATHS) is not None


def read(folder: Path) -> Listing:
    """Read the labeled half of the competition; see `table.read`."""
    listing = table.read(folder / TABLE, "the competition's folder")
    listing.own_test = (folder / TEST_FOLDER).is_dir()
    named = {listing.pictures.name(i) for i in range(len(listing.pictures))}
    if extra := sum(f"train/{p}" not in named for p in pictures_below(folder / "train")):
        listing.notes.append(f"{extra} pictures in train/ are not in {TABLE} and are left aside.")
    return listing
