"""Faces without labels, for a student to learn from teachers: a folder of pictures, or sheets.

A sheet, faces-00.webp and so on, shows 50 square faces to a row; names.txt beside them has a name a
line, in their order. Faces on sheets have a margin of 0.3 around the detector's box, which is cut
off, so that they are what the webcam shows a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.sources.picture import read_picture
from mimika.training.data.cache import cached
from mimika.training.data.cropping import choose_crop
from mimika.training.data.dataset import Split
from mimika.training.data.layouts.folders import pictures_below
from mimika.training.data.picture_store import ArrayPictures, FilePictures, file_key
from mimika.training.data.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.training.data.picture_store import Pictures

NAMES = "names.txt"
SHEETS = "faces-*.webp"
ACROSS = 50
MARGIN = 0.3


def open_unlabeled(folder: Path, *, margin: float = 0.0, skip_bad: bool = False) -> Split:
    """Open a folder of faces without labels.

    Args:
        folder: with sheets, or with pictures in it or anywhere below.
        margin: around faces that are cut out of pictures; see
            `mimika.models.preprocessing.square_crop`.
        skip_bad: leave out pictures that cannot be read instead of refusing the folder.

    Returns:
        The faces; every label is -1.

    Raises:
        InputError: there are no pictures, or some cannot be read and `skip_bad` is false.
        OutputError: the cache cannot be written.
    """
    if (folder / NAMES).is_file() and next(folder.glob(SHEETS), None) is not None:
        pictures: Pictures = _sheets(folder)
    elif folder.is_dir():
        pictures = FilePictures(folder, list(pictures_below(folder)))
    else:
        raise InputError(f"There is no folder {folder} of faces without labels: check the name.")
    if not len(pictures):
        raise InputError(f"{folder} holds no pictures: give a folder with faces in it.")
    faults = scan(pictures).faults
    if faults and not skip_bad:
        raise InputError(
            f"{len(faults)} pictures of {folder} cannot be read, such as "
            f"{pictures.name(min(faults))}: mend them, or leave them out with --skip-bad."
        )
    rows = np.array([row for row in range(len(pictures)) if row not in faults], np.int64)
    cut = choose_crop("auto", margin, pictures, rows)
    return Split(np.full(len(rows), -1), None, {}, {}, rows, pictures, cut.crop, cut.margin)


def _sheets(folder: Path) -> ArrayPictures:
    sheets = sorted(folder.glob(SHEETS))
    names = (folder / NAMES).read_text(encoding="utf-8").splitlines()
    key = file_key(folder / NAMES, *sheets)

    def decode(part: Path) -> None:
        faces = np.concatenate([_tiles(read_picture(sheet)) for sheet in sheets])
        if len(faces) < len(names):
            raise InputError(
                f"{folder} has sheets with {len(faces)} faces and {len(names)} names: get the "
                "missing sheets."
            )
        np.save(part, faces[: len(names)])

    faces = np.load(cached("unlabeled", key, ".npy", decode), mmap_mode="r")
    return ArrayPictures(faces, names, key)


def _tiles(sheet: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a sheet (H, W, 3) into the middles of its faces, (N, side, side) uint8."""
    gray = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    side = gray.shape[1] // ACROSS
    down = gray.shape[0] // side
    tiles = gray[: down * side, : ACROSS * side].reshape(down, side, ACROSS, side)
    around = round(side * (1 - 1 / (1 + MARGIN)) / 2)
    middles = tiles.transpose(0, 2, 1, 3).reshape(-1, side, side)
    return middles[:, around : side - around, around : side - around]
