"""Which layout a data set has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.names import path_of
from mimika.training.data.layouts import competition, fer2013, folders, sheets, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    path = path_of(path)
    if path.is_file():
        return _file(path)
    if not path.is_dir():
        raise InputError(f"There is no data set {path}: check the name.")
    for reader in (sheets, fer2013, competition):
        if reader.is_here(path):
            return reader.read(path)
    tables = sorted(p for p in path.iterdir() if p.suffix.lower() == ".csv" and p.is_file())
    labeled = [t for t in tables if _reader(t) is not None and not _is_sample(t)]
    inside = folders.class_folders(path)
    below = [p for p in inside if folders.has_pictures(p)]
    if len(below) <= 1 and len(labeled) == 1:
        return _read_table(labeled[0], tables)
    if below:
        deeper = folders.level_of_classes(path)
        return folders.read(path) if deeper == path else read_listing(deeper)
    if len(inside) == 1 and not tables:
        return read_listing(inside[0])
    if len(labeled) > 1:
        names = ", ".join(p.name for p in labeled)
        raise InputError(f"{path} holds several tables ({names}): name the one that is meant.")
    if tables:
        return table.read(tables[0])  # it says what is missing
    raise InputError(f"{path} is no data set that Mimika knows: give {KNOWN}.")


def _reader(path: Path) -> Callable[[Path], Listing] | None:
    """What reads a table, None where it has no labels or cannot be read."""
    try:
        if fer2013.is_table(path):
            return fer2013.read
        return table.read if table.is_table(path) else None
    except InputError:
        # One beside folders of classes may be anything; one alone is read later, and says why not.
        return None


def _read_table(path: Path, tables: list[Path]) -> Listing:
    reader = _reader(path)
    assert reader is not None
    listing = reader(path)
    if others := [t.name for t in tables if t != path]:
        listing.notes.append(f"Left aside, as they are no tables of labels: {', '.join(others)}.")
    return listing


def _is_sample(path: Path) -> bool:
    """A sample of what a competition wants back has made-up labels."""
    return "submission" in path.stem.casefold()


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
