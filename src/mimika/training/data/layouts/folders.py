"""A folder for each class, with or without train, valid and test above them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.labels.emotions import canonical
from mimika.sources.picture import PICTURE_SUFFIXES
from mimika.training.data.listing import DataProblem, Listing, split_named
from mimika.training.data.picture_store import FilePictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}


def class_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, in the order of their names; hidden ones are not meant."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and not _ignored(p.name))


def has_pictures(folder: Path) -> bool:
    """Whether a picture lies in a folder, or anywhere below."""
    return next(pictures_below(folder), None) is not None


def pictures_below(folder: Path) -> Iterator[str]:
    """Yield the pictures of a folder and of the folders in it, relative, with forward slashes."""
    for place, inside, names in os.walk(folder):
        inside[:] = sorted(name for name in inside if not _ignored(name))
        for name in sorted(names, key=_natural):
            if os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES and not _ignored(name):  # noqa: PTH122
                relative = os.path.relpath(os.path.join(place, name), folder)  # noqa: PTH118
                yield relative.replace(os.sep, "/")


def level_of_classes(folder: Path, *, in_split: bool = False) -> Path:
    """Return the folder whose folders are classes or splits: where an archive was unpacked deeper.

    While all pictures lie in one folder that is no split and no emotion, and in folders inside of
    it, that folder is only a wrapper.

    Args:
        folder: where to begin.
        in_split: it is a split already, so that train/train is one too.
    """
    while True:
        below = [p for p in class_folders(folder) if has_pictures(p)]
        if len(below) != 1:
            return folder
        (only,) = below
        if canonical(only.name) or (split_named(only.name) and not in_split):
            return folder
        if _loose(only) or not class_folders(only):
            return folder
        folder = only


def _loose(folder: Path) -> list[Path]:
    """Pictures that lie in a folder itself."""
    return [
        p
        for p in folder.iterdir()
        if p.suffix.lower() in PICTURE_SUFFIXES and not _ignored(p.name) and p.is_file()
    ]


def read(root: Path) -> Listing:
    """Read a folder of class folders.

    Raises:
        InputError: there are no pictures in class folders.
    """
    paths: list[str] = []
    labels: list[str] = []
    splits: list[str] = []
    problems: list[DataProblem] = []
    notes: list[str] = []
    top = class_folders(root)
    divided = {p: split for p in top if (split := split_named(p.name))}
    if divided and "train" not in divided.values() and len(divided) < len(top):
        # A class may be called "test"; beside other classes it is one.
        divided = {}
    places = list(divided.items()) or [(root, "")]
    if divided and (others := [p.name for p in top if p not in divided]):
        notes.append(f"Left aside, as they are not train, valid or test: {', '.join(others)}.")
    for top_place, split in places:
        place = level_of_classes(top_place, in_split=split != "")
        loose = _loose(place)
        if loose and class_folders(place):
            notes.append(
                f"{len(loose)} pictures lie in {place.name} outside of a class's folder and are "
                "left aside."
            )
        for folder in class_folders(place):
            found = list(pictures_below(folder))
            relative = folder.relative_to(root).as_posix()
            if not found:
                problems.append(DataProblem("empty class", relative, "the folder holds no picture"))
            paths += [f"{relative}/{name}" for name in found]
            labels += [folder.name] * len(found)
            splits += [split] * len(found)
    if not paths:
        raise InputError(
            f"{root} holds no pictures in folders of classes: put each class's pictures in a "
            "folder with the class's name."
        )
    return Listing(
        "a folder per class",
        FilePictures(root, paths),
        labels,
        splits,
        problems=problems,
        notes=notes,
    )


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.casefold() in IGNORED


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Order 2.jpg before 10.jpg."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
