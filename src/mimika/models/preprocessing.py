"""The one way in which Mimika cuts and scales a face: for training, evaluation and the webcam.

The crop is a square around the center of the detector's box, with the box's longer side, longer by
the card's `crop_margin`. Measured on 1,390 FER2013 faces, put on a larger canvas: the picture that
the data set cut is a square of 1.02 times the height of YuNet's box with the same center
(quartiles 0.93 and 1.12), so margin 0 shows the network what it was trained on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.scaling import shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.models.card import InputSpec
    from mimika.schema.geometry import Box


def crop_side(box: Box, margin: float) -> int:
    """Side in pixels of the square that `square_crop` cuts at `step` 1."""
    return max(1, round(max(box.width, box.height) * (1.0 + margin)))


def square_crop(
    image: NDArray[np.uint8], box: Box, margin: float, step: int = 1
) -> NDArray[np.uint8]:
    """Cut the square around a face; what lies beyond the picture repeats its edge.

    Args:
        image: (H, W, 3) or (H, W) uint8.
        box: the detector's box in pixels of `image`.
        margin: share by which the square's side exceeds the box's longer side.
        step: every how many pixels one is taken, across and down.

    Returns:
        (S, S, 3) or (S, S) uint8, S at least 1; a view of `image` where it lies within.
    """
    height, width = image.shape[:2]
    side = crop_side(box, margin)
    center_x, center_y = box.center
    left, top = round(center_x - side / 2), round(center_y - side / 2)
    # A face wholly outside still gives a crop: of the edge nearest to it.
    x0, x1 = min(max(left, 0), width - 1), max(min(left + side, width), 1)
    y0, y1 = min(max(top, 0), height - 1), max(min(top + side, height), 1)
    part = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    if part.shape[0] == side and part.shape[1] == side:
        return part[::step, ::step]
    if step > 1:
        # Without the pixels between: a border around a large square takes a millisecond.
        steps = np.arange(0, side, step)
        rows = np.clip(top - y0 + steps, 0, part.shape[0] - 1)
        columns = np.clip(left - x0 + steps, 0, part.shape[1] - 1)
        # Not by `take`, which first copies all of a part that is not whole rows.
        return part[rows][:, columns]
    pad_left, pad_top = min(max(-left, 0), side - 1), min(max(-top, 0), side - 1)
    return cv2.copyMakeBorder(
        part[: side - pad_top, : side - pad_left],
        pad_top,
        max(0, side - pad_top - part.shape[0]),
        pad_left,
        max(0, side - pad_left - part.shape[1]),
        cv2.BORDER_REPLICATE,
    )


def fit(image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Scale a crop and give it the model's color.

    Args:
        image: (h, w, 3) BGR or (h, w) gray, uint8.
        spec: the model's input.

    Returns:
        (spec.height, spec.width, spec.channels) uint8, gray or RGB. Shrinking averages areas,
        enlarging is bilinear.
    """
    height, width = image.shape[:2]
    size = (spec.width, spec.height)
    if height >= 4 * spec.height and width >= 4 * spec.width:
        # A face of 870 pixels took 1.1 ms at once, 0.35 by halves, and 0.09 so.
        image = shrunk(image, *size, coarse=4)
    if spec.color == "gray" and image.ndim == 3:
        # Before the averaging of areas, which takes three times as long for three channels.
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if image.shape[:2] != (spec.height, spec.width):
        shrinks = height >= spec.height and width >= spec.width
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = cv2.resize(image, size, interpolation=how)
    if spec.color == "gray":
        return image[:, :, np.newaxis]
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(image, code)


def prepare(
    image: NDArray[np.uint8], boxes: Sequence[Box], spec: InputSpec, margin: float
) -> NDArray[np.uint8]:
    """Cut and scale all faces of a picture.

    Args:
        image: (H, W, 3) uint8 BGR.
        boxes: N boxes in pixels of `image`.
        spec: the model's input.
        margin: the card's crop margin.

    Returns:
        (N, spec.height, spec.width, spec.channels) uint8, ready for `Model.predict`.
    """
    faces = np.empty((len(boxes), spec.height, spec.width, spec.channels), np.uint8)
    for row, box in zip(faces, boxes, strict=True):
        row[:] = fit(square_crop(image, box, margin), spec)
    return faces


AROUND = 1.5
"""Side of a face's surroundings in sides of its crop: a square holds its turned self in 1.42."""
FINER = 2
"""Pixels of the surroundings for one of a crop, across and down, so that turning keeps it sharp."""


def surroundings(
    image: NDArray[np.uint8], box: Box, spec: InputSpec, margin: float
) -> NDArray[np.uint8]:
    """Cut a face with what lies around it, so that `turned_back` can cut it at any angle.

    Args:
        image: (H, W, 3) uint8 BGR.
        box: in pixels of `image`.
        spec: the model's input.
        margin: the card's crop margin.

    Returns:
        (3 * spec.height, 3 * spec.width, spec.channels) uint8, gray or RGB.
    """
    times = round(AROUND * FINER)
    larger = replace(spec, height=times * spec.height, width=times * spec.width)
    return fit(square_crop(image, box, AROUND * (1 + margin) - 1), larger)


def turned_back(around: NDArray[np.uint8], spec: InputSpec, degrees: float) -> NDArray[np.uint8]:
    """Cut a face that is tilted clockwise by so many degrees, upright.

    Args:
        around: what `surroundings` gives.
        spec: the model's input.
        degrees: by which the face is tilted.

    Returns:
        (spec.height, spec.width, spec.channels) uint8, gray or RGB.
    """
    fine = _turned(around, FINER * spec.width, FINER * spec.height, degrees)
    crop = cv2.resize(fine, (spec.width, spec.height), interpolation=cv2.INTER_AREA)
    return crop.reshape(spec.height, spec.width, spec.channels)


def turned_crop(crop: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """Turn a crop back of which the surroundings are not known; see `turned_back`.

    Args:
        crop: (h, w, channels) uint8; its edge is repeated in the corners.
        degrees: by which the face is tilted clockwise.

    Returns:
        As `crop`.
    """
    return _turned(crop, crop.shape[1], crop.shape[0], degrees).reshape(crop.shape)


def _turned(image: NDArray[np.uint8], width: int, height: int, degrees: float) -> NDArray[np.uint8]:
    """The middle of a picture, turned counterclockwise."""
    middle = ((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    turn[:, 2] += ((width - 1) / 2 - middle[0], (height - 1) / 2 - middle[1])
    border = cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=border),
        np.uint8,
    )
