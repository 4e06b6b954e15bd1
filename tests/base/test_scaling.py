"""Shrinking in two steps gives what shrinking at once gives, nearly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mimika.base.scaling import shrunk


@pytest.mark.parametrize(
    ("width", "height"), [(640, 480), (1280, 720), (1921, 1083), (333, 251), (3840, 2160), (320, 9)]
)
def test_it_is_near_to_the_mean_of_areas_and_in_place(media, width, height):
    picture = cv2.resize(cv2.imread(str(media / "obama.jpg")), (width, height))
    size = (320, max(1, round(320 * height / width)))
    exact = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    found = shrunk(picture, *size)
    assert found.shape == exact.shape
    assert found.dtype == np.uint8
    assert np.abs(found - exact).mean() < 1.5


def test_halves_and_quarters_are_exact_means():
    picture = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    for parts in (2, 4):
        blocks = picture.reshape(360 // parts, parts, 640 // parts, parts, 3)
        assert np.abs(shrunk(picture, 640 // parts, 360 // parts) - blocks.mean((1, 3))).max() <= 1


def test_the_same_size_stays_as_it_is():
    picture = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    assert (shrunk(picture, 48, 48) == picture).all()


@pytest.mark.parametrize("side", [480, 481, 1008, 2000])
@pytest.mark.parametrize("coarse", [2, 4])
def test_coarse_shrinking_is_near_and_in_place(media, side, coarse):
    picture = cv2.resize(cv2.imread(str(media / "obama.jpg")), (side, side))
    exact = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA).astype(np.float64)
    found = shrunk(picture, 96, 96, coarse=coarse)
    assert found.shape == exact.shape
    assert np.abs(found - exact).mean() < 2.5


@pytest.mark.parametrize("times", [3, 5])
def test_a_step_to_an_odd_part_is_the_bilinear_one(times):
    picture = np.random.default_rng(0).integers(0, 256, (36 * times, 64 * times, 3), np.uint8)
    step = cv2.resize(picture, (64, 36), interpolation=cv2.INTER_LINEAR)
    expected = cv2.resize(step, (32, 18), interpolation=cv2.INTER_AREA)
    assert np.array_equal(shrunk(picture, 32, 18, coarse=2), expected)
