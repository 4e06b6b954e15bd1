"""Sheets: many square faces on one picture, row by row, decoded once into the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.sources.picture import read_picture
from mimika.training.data.cache import cached
from mimika.training.data.picture_store import ArrayPictures, file_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PATTERN = "faces-*.webp"
ACROSS = 50
"""Faces in a row, where the side of a face is not known."""


def read_sheets(
    table: Path, names: Sequence[str], *, side: int = 0, margin: float = 0.0
) -> ArrayPictures:
    """Read the sheets beside a table.

    Args:
        table: the file that says what is on them; the sheets are `PATTERN` beside it.
        names: of the faces, in the order of the sheets.
        side: of a face in pixels; 0 takes a fiftieth of the sheet's width.
        margin: of each face that is cut off, as a share of what stays.

    Raises:
        InputError: the sheets hold fewer faces than there are names.
    """
    sheets = sorted(table.parent.glob(PATTERN))
    key = file_key(table, *sheets)

    def decode(part: Path) -> None:
        faces = np.concatenate([_tiles(read_picture(sheet), side, margin) for sheet in sheets])
        if len(faces) < len(names):
            raise InputError(
                f"{table.parent} has sheets with {len(faces)} faces, and {table.name} has "
                f"{len(names)}: get the missing sheets."
            )
        np.save(part, faces[: len(names)])

    kind = "sheets" if not margin else "sheets-cut"
    faces = np.load(cached(kind, key, ".npy", decode), mmap_mode="r")
    return ArrayPictures(faces, names, key)


def _tiles(sheet: NDArray[np.uint8], side: int, margin: float) -> NDArray[np.uint8]:
    """Cut a sheet (H, W, 3) into the middles of its faces, (N, inner side, inner side) uint8."""
    gray = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    side = side or gray.shape[1] // ACROSS
    down, across = gray.shape[0] // side, gray.shape[1] // side
    tiles = gray[: down * side, : across * side].reshape(down, side, across, side)
    around = round(side * (1 - 1 / (1 + margin)) / 2)
    whole = tiles.transpose(0, 2, 1, 3).reshape(-1, side, side)
    return whole[:, around : side - around, around : side - around]
