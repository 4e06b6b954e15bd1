"""Faces without labels, for a student to learn from teachers: a folder of pictures, or sheets.

A sheet, faces-00.webp and so on, shows 50 square faces to a row; names.txt beside them has a name a
line, in their order. Faces on sheets have a margin of 0.3 around the detector's box, which is cut
off, so that they are what the webcam shows a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.training.data.cropping import Crop, choose_crop
from mimika.training.data.dataset import Split
from mimika.training.data.face_sheets import PATTERN, read_sheets
from mimika.training.data.layouts.folders import pictures_below
from mimika.training.data.picture_store import FilePictures
from mimika.training.data.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.training.data.picture_store import Pictures

NAMES = "names.txt"
MARGIN = 0.3


def open_unlabeled(
    folder: Path, *, margin: float = 0.0, crop: Crop = "auto", skip_bad: bool = False
) -> Split:
    """Open a folder of faces without labels.

    Args:
        folder: with sheets, or with pictures in it or anywhere below.
        margin: around faces that are cut out of pictures; see
            `mimika.models.preprocessing.square_crop`.
        crop: whether faces are cut out of the pictures; "auto" looks at some.
        skip_bad: leave out pictures that cannot be read instead of refusing the folder.

    Returns:
        The faces; every label is -1.

    Raises:
        InputError: there are no pictures, or some cannot be read and `skip_bad` is false.
        OutputError: the cache cannot be written.
    """
    if (folder / NAMES).is_file() and next(folder.glob(PATTERN), None) is not None:
        names = (folder / NAMES).read_text(encoding="utf-8").splitlines()
        pictures: Pictures = read_sheets(folder / NAMES, names, margin=MARGIN)
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
    cut = choose_crop(crop, margin, pictures, rows)
    return Split(np.full(len(rows), -1), None, {}, {}, rows, {}, pictures, cut.crop, cut.margin)
