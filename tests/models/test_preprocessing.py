"""Crops are what the network was trained on, also at the picture's edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as st

from mimika.models.card import InputSpec
from mimika.models.preprocessing import crop_side, fit, prepare, square_crop
from mimika.schema.geometry import Box

GRAY = InputSpec(48, 48, 1, "gray")
RGB = InputSpec(32, 24, 3, "rgb")


def ramp(height=60, width=80):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, rows + columns], axis=2).astype(np.uint8)


def test_the_square_lies_around_the_box():
    crop = square_crop(ramp(), Box(20, 10, 20, 30), 0.0)
    assert crop.shape == (30, 30, 3)
    assert crop[0, 0].tolist() == [15, 10, 25]


def test_margin_enlarges_around_the_same_center():
    crop = square_crop(ramp(), Box(30, 20, 20, 20), 0.5)
    assert crop.shape == (30, 30, 3)
    assert crop[0, 0, :2].tolist() == [25, 15]


@given(
    x=st.floats(-90, 130),
    y=st.floats(-90, 130),
    width=st.floats(1, 120),
    height=st.floats(1, 120),
    step=st.integers(1, 7),
)
def test_every_nth_pixel_of_a_crop_is_that_of_the_whole_crop(x, y, width, height, step):
    image, box = ramp(), Box(x, y, width, height)
    whole = square_crop(image, box, 0.5)
    assert len(whole) == crop_side(box, 0.5)
    assert np.array_equal(square_crop(image, box, 0.5, step), whole[::step, ::step])


def test_beyond_the_edge_the_edge_repeats_and_nothing_shifts():
    image = ramp()
    crop = square_crop(image, Box(-10, -5, 30, 30), 0.0)
    assert crop.shape == (30, 30, 3)
    assert np.array_equal(crop[5:, 10:], image[:25, :20])
    assert (crop[:5, 10:] == image[0, :20]).all()
    assert (crop[5:, :10] == image[:25, :1]).all()


@given(
    x=st.floats(-200, 200),
    y=st.floats(-200, 200),
    width=st.floats(0.1, 300),
    height=st.floats(0.1, 300),
    margin=st.floats(0, 1),
)
def test_any_box_gives_a_square(x, y, width, height, margin):
    crop = square_crop(ramp(), Box(x, y, width, height), margin)
    side = max(1, round(max(width, height) * (1 + margin)))
    assert crop.shape == (side, side, 3)


def test_colors_come_out_in_the_models_order():
    blue = np.zeros((40, 40, 3), np.uint8)
    blue[..., 0] = 200
    assert fit(blue, RGB)[0, 0].tolist() == [0, 0, 200]
    assert fit(blue, GRAY)[0, 0].tolist() == [cv2.cvtColor(blue, cv2.COLOR_BGR2GRAY)[0, 0]]


def test_gray_pictures_are_taken_too():
    gray = np.full((48, 48), 90, np.uint8)
    assert fit(gray, GRAY).shape == (48, 48, 1)
    assert fit(gray, RGB)[0, 0].tolist() == [90, 90, 90]


def test_a_crop_of_the_right_size_is_not_touched():
    gray = np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)
    assert np.array_equal(fit(gray, GRAY)[..., 0], gray)


def test_one_row_a_face_and_none_for_none():
    image = ramp()
    boxes = [Box(0, 0, 20, 20), Box(50, 30, 40, 40)]
    faces = prepare(image, boxes, GRAY, 0.1)
    assert faces.shape == (2, 48, 48, 1)
    for box, face in zip(boxes, faces, strict=True):
        assert np.array_equal(face, prepare(image, [box], GRAY, 0.1)[0])
    assert prepare(image, [], RGB, 0.0).shape == (0, 32, 24, 3)


@pytest.mark.parametrize("spec", [GRAY, RGB])
def test_the_picture_is_left_as_it_is(spec):
    image = ramp()
    before = image.copy()
    prepare(image, [Box(10, 10, 30, 30)], spec, 0.2)
    assert np.array_equal(image, before)
