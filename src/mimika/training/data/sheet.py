"""A sheet of samples: a row of faces for each class, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.models.card import InputSpec
from mimika.training.data.cropping import Cropper

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.training.data.dataset import LabeledFaces

ACROSS, SIDE, GAP, HEAD = 10, 96, 4, 24
SPEC = InputSpec(SIDE, SIDE, 3, "rgb")


def draw_sheet(path: Path, data: LabeledFaces, *, seed: int = 0) -> None:
    """Draw up to ten faces of each class, as a network would see them.

    Args:
        path: the PNG to write.
        data: the data set.
        seed: of the choice.

    Raises:
        OutputError: no space, no permission.
    """
    from PIL import Image, ImageDraw, ImageFont

    rng = np.random.default_rng(seed)
    cropper = Cropper(data.crop, data.crop_margin)
    height = len(data.classes) * (HEAD + SIDE + GAP) + GAP
    sheet = Image.new("RGB", (ACROSS * (SIDE + GAP) + GAP, height), "white")
    draw = ImageDraw.Draw(sheet)
    for number, name in enumerate(data.classes):
        top = number * (HEAD + SIDE + GAP)
        total = sum(data.counts(split)[name] for split in data.splits)
        draw.text((GAP, top + 4), f"{name} ({total})", "black", ImageFont.load_default(14))
        places = [
            (split, int(row))
            for split in data.splits.values()
            for row in np.flatnonzero(split.labels == number)
        ]
        chosen = rng.permutation(len(places))[:ACROSS]
        for column, place in enumerate(sorted(chosen)):
            split, row = places[place]
            try:
                face = cropper(split.picture(row), SPEC)
            except (InputError, cv2.error):
                # It was readable a moment ago; the report names what is not.
                continue
            at = (GAP + column * (SIDE + GAP), top + HEAD)
            sheet.paste(Image.fromarray(face), at)
    with replacing(path) as beside:
        sheet.save(beside, "PNG")
