"""All degradations of an audit, on real faces."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from mimika.training.audit.degradations import DEGRADATIONS, mirror, motion_blur, shift

GRADED = [(each, grade) for each in DEGRADATIONS for grade in each.grades]


@pytest.fixture(scope="module")
def faces(clip_faces):
    chosen = clip_faces[::10][:9]
    return np.stack([cv2.resize(face, (48, 48), interpolation=cv2.INTER_AREA) for face in chosen])


def named(case):
    return f"{case[0].name} {case[1]:g}"


@pytest.mark.parametrize("case", GRADED, ids=named)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_faces_get_the_same_in_batches_of_any_size(case, channels, faces):
    degradation, grade = case
    crops, numbers = faces[..., :channels].copy(), np.arange(len(faces))
    before = crops.copy()
    once = degradation.change(crops, numbers, grade)
    assert once.shape == crops.shape
    assert once.dtype == np.uint8
    np.testing.assert_array_equal(crops, before, "the faces that are given stay as they are")
    again = [
        degradation.change(crops[part], numbers[part], grade) for part in (slice(4), slice(4, None))
    ]
    np.testing.assert_array_equal(np.concatenate(again), once)
    assert (once != crops).any((1, 2, 3)).all(), "every face is degraded"


@pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda each: each.name)
def test_each_grade_is_stronger_than_the_one_before(degradation, faces):
    numbers = np.arange(len(faces))
    moved = [
        np.abs(degradation.change(faces, numbers, grade).astype(float) - faces).mean()
        for grade in degradation.grades
    ]
    assert all(b > a for a, b in pairwise(moved)), moved
    assert moved[0] > 0.3
    assert len({degradation.written(grade) for grade in degradation.grades}) == len(moved)


def test_a_shift_moves_each_face_its_own_way(faces):
    moved = shift(faces, np.arange(len(faces)), 1 / 12)
    np.testing.assert_array_equal(moved[0][:, 4:], faces[0][:, :-4])
    np.testing.assert_array_equal(moved[1][4:], faces[1][:-4])
    np.testing.assert_array_equal(moved[2][:, :-4], faces[2][:, 4:])
    np.testing.assert_array_equal(moved[3][:-4], faces[3][4:])


def test_motion_leaves_no_more_light_than_there_was(faces):
    flat = np.full_like(faces, 77)
    np.testing.assert_array_equal(motion_blur(flat, np.arange(len(flat)), 0.2), flat)
    np.testing.assert_array_equal(mirror(mirror(faces)), faces)
