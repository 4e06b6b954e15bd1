"""Pictures in folders and behind patterns, and what was passed over there."""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.names import path_of
from mimika.base.patterns import matching, natural_order
from mimika.sources.picture import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

FILM_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".wmv"}
    | {".flv", ".3gp", ".ogv", ".m2ts", ".m2v", ".vob", ".mxf", ".asf"}
    | {".h264", ".264", ".h265", ".265", ".hevc", ".mjpeg", ".mjpg"}
)
RAW_SUFFIXES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"})
# Each hint is said once.
HINTS = (
    (FILM_SUFFIXES, "films are for `mimika video`"),
    (RAW_SUFFIXES, "raw files of cameras have to be exported as JPEG"),
    (frozenset({".svg", ".ico", ".eps", ".ai", ".pdf"}), "drawings have to be exported as PNG"),
    (frozenset({".psd", ".xcf"}), "files of picture editors have to be exported as PNG"),
)


@dataclass(slots=True)
class Listing:
    """What was found.

    Attributes:
        pictures: each with whether it was named itself, in natural order.
        passed_over: how many files of each ending were no pictures; "" for none.
        hidden: how many files begin with a dot.
        folders: how many folders were not looked into.
    """

    pictures: list[tuple[Path, bool]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    folders: int = 0

    def sentence(self) -> str:
        """Say what was passed over; "" for nothing."""
        endings = [f"{n} {ending or 'without an ending'}" for ending, n in self._ordered()]
        endings += [f"{self.hidden} hidden"] * bool(self.hidden)
        parts = []
        if endings:
            count = self.passed_over.total() + self.hidden
            files = "1 file" if count == 1 else f"{count} files"
            parts.append(f"Passed over {files} of other kinds: {', '.join(endings)}.")
            hints = [hint for endings, hint in HINTS if endings & self.passed_over.keys()]
            parts += ["; ".join(hints).capitalize() + "."] * bool(hints)
        if self.folders:
            within = "1 folder" if self.folders == 1 else f"{self.folders} folders"
            parts.append(f"Did not look into {within}: --recursive does.")
        return " ".join(parts)

    def _ordered(self) -> list[tuple[str, int]]:
        return sorted(self.passed_over.items(), key=lambda item: (-item[1], item[0]))


def find_pictures(wanted: list[str], *, recursive: bool = False) -> Listing:
    """Find the pictures that names, folders and patterns mean.

    Args:
        wanted: pictures, folders, patterns with *, ? or [].
        recursive: also look into the folders in folders.

    Raises:
        InputError: a name or pattern matches nothing, or there is no picture at all.
    """
    listing = Listing()
    for what in wanted:
        path = path_of(what)
        if path.is_dir():
            before = len(listing.pictures)
            _add_folder(listing, path, recursive)
            if len(listing.pictures) == before:
                raise InputError(
                    f"The folder {what} holds no picture. {listing.sentence()}".strip()
                )
        elif path.exists():
            listing.pictures.append((path, True))
        elif glob.has_magic(what):
            _add_matches(listing, what, path)
        else:
            raise InputError(f"There is no picture {what}: check the name.")
    return listing


def is_picture_name(path: Path) -> bool:
    """Whether a file's ending is that of a picture, and it is not hidden."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def _add_matches(listing: Listing, what: str, path: Path) -> None:
    found: set[Path] = set()
    before = len(listing.pictures)
    for each in matching(str(path)):
        # Through links that lead back up, ** finds the same files again and again.
        if each.is_file() and (place := each.resolve()) not in found:
            found.add(place)
            _add_file(listing, each)
    if len(listing.pictures) == before:
        raise InputError(
            f"No picture matches {what}: check the pattern. {listing.sentence()}".strip()
        )


def _add_folder(listing: Listing, folder: Path, recursive: bool) -> None:
    try:
        entries = sorted(folder.iterdir(), key=natural_order)
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be read ({error.strerror}): check that you may open it."
        ) from error
    for each in entries:
        if each.is_dir():
            # Links may lead back up.
            if each.name.startswith(".") or (recursive and each.is_symlink()):
                continue
            if recursive:
                _add_folder(listing, each, recursive)
            else:
                listing.folders += 1
        else:
            _add_file(listing, each)


def _add_file(listing: Listing, path: Path) -> None:
    if path.name.startswith("."):
        listing.hidden += 1
    elif is_picture_name(path):
        listing.pictures.append((path, False))
    else:
        listing.passed_over[path.suffix.lower()] += 1
