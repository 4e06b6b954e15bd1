"""Which layout a data set has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.training.data.layouts import competition, fer2013, folders, sheets, table

if TYPE_CHECKING:
    from mimika.training.data.listing import Listing

ARCHIVES = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar"}
TABLES = {".csv", ".tsv", ".txt"}
KNOWN = (
    "a folder with a folder of pictures for each class, the competition's folder with train.csv, "
    "fer2013.csv, or a CSV of path and label (docs/data.md)"
)


def read_listing(path: Path) -> Listing:
    """Find out which layout a data set has, and read it.

    Args:
        path: a folder or a CSV file.

    Raises:
        InputError: there is nothing, or nothing that is a data set.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return _file(path)
    if not path.is_dir():
        raise InputError(f"There is no data set {path}: check the name.")
    for reader in (sheets, fer2013, competition):
        if reader.is_here(path):
            return reader.read(path)
    tables = sorted(p for p in path.iterdir() if p.suffix.lower() == ".csv" and p.is_file())
    inside = folders.class_folders(path)
    if inside:
        below = [p for p in inside if folders.has_pictures(p)]
        # An archive unpacked into a folder of its own name.
        if len(inside) == 1 and not below and not tables:
            return read_listing(inside[0])
        if len(tables) != 1 or len(below) > 1:
            return folders.read(path)
    if len(tables) == 1:
        return table.read(tables[0])
    if len(tables) > 1:
        names = ", ".join(p.name for p in tables)
        raise InputError(f"{path} holds several tables ({names}): name the one that is meant.")
    raise InputError(f"{path} is no data set that Mimika knows: give {KNOWN}.")


def _file(path: Path) -> Listing:
    suffix = path.suffix.lower()
    if suffix in ARCHIVES:
        raise InputError(f"{path} is packed: unpack it and give the folder.")
    if suffix not in TABLES:
        raise InputError(f"{path} is no data set that Mimika knows: give {KNOWN}.")
    for reader in (sheets, fer2013):
        if reader.is_table(path):
            return reader.read(path.parent if reader is sheets else path)
    if competition.is_here(path.parent) and path.name == competition.TABLE:
        return competition.read(path.parent)
    return table.read(path)
