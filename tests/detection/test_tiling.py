"""Small faces on large pictures: tiles overlap, and every face is found once."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from mimika.detection import open_detector
from mimika.detection.detector import HIGH_SCORE
from mimika.detection.tiling import centered_in, tile_corners, whole_in_tile
from mimika.sources.picture import read_picture


@pytest.mark.parametrize(
    "size", [(6000, 4000), (1281, 900), (1280, 1280), (300, 5000), (32_000, 10)]
)
@pytest.mark.parametrize("overlap", [24, 113, 640])
def test_tiles_cover_the_picture_and_overlap(size, overlap):
    side = 1280
    corners = tile_corners(*size, side, overlap)
    assert len(corners) == len(set(corners))
    for axis, length in enumerate(size):
        starts = sorted({corner[axis] for corner in corners})
        assert starts[0] == 0
        assert max(starts[-1] + side, side) >= length
        assert starts[-1] == max(0, length - side)
        for start, following in itertools.pairwise(starts):
            assert start + side - following >= overlap


def test_boxes_that_a_tile_cuts_are_left_to_its_neighbor():
    boxes = np.float32([[10, 10, 30, 30], [1, 10, 30, 30], [70, 10, 30, 30], [10, 75, 20, 25]])
    inner = whole_in_tile(boxes, (50, 50), 100, (1000, 1000))
    assert inner.tolist() == [True, False, False, False]
    first = whole_in_tile(boxes, (0, 0), 100, (100, 100))
    assert first.tolist() == [True] * 4


def test_what_lies_in_a_known_face_is_no_other_face():
    small = np.float32([[40, 40, 20, 20], [300, 300, 20, 20], [40, 40, 60, 60]])
    faces = np.float32([[0, 0, 100, 120]])
    assert centered_in(small, faces).tolist() == [True, False, True]
    assert centered_in(small, faces[:0]).tolist() == [False] * 3
    assert centered_in(small[:0], faces).tolist() == []


@pytest.fixture(scope="module")
def crowd(request):
    """A picture of 4000x2600 pixels with 20 faces of 40 pixels, and their centers."""
    media = request.config.rootpath / "tests" / "media_files"
    face = read_picture(media / "obama.jpg")
    box = open_detector("yunet").detect(face).boxes[0]
    side = int(1.5 * box.height)
    x, y = int(box.center[0] - side / 2), max(0, int(box.center[1] - side / 2))
    small = cv2.resize(face[y : y + side, x : x + side], (60, 60), interpolation=cv2.INTER_AREA)
    image = cv2.resize(read_picture(media / "coffee.png"), (4000, 2600))
    centers = []
    for i in range(20):
        # Also across the edges of tiles.
        x, y = 20 + i % 5 * 960, 30 + i // 5 * 620
        image[y : y + 60, x : x + 60] = small
        centers.append((x + 30, y + 30))
    return image, centers


def test_small_faces_of_a_large_picture_are_found_once(crowd):
    image, centers = crowd
    boxes = open_detector("yunet", min_face=16).detect(image).at_least(HIGH_SCORE).boxes
    assert len(boxes) == 20
    for x, y in centers:
        near = [b for b in boxes if abs(b.center[0] - x) < 15 > abs(b.center[1] - y)]
        assert len(near) == 1
        assert 25 < max(near[0].width, near[0].height) < 55


def test_large_wanted_faces_cost_no_tiles(crowd, monkeypatch):
    image, _ = crowd
    detector = open_detector("yunet", min_face=100)
    run, calls = detector._run, []
    monkeypatch.setattr(detector, "_run", lambda *a: calls.append(a) or run(*a))
    assert detector.detect(image).at_least(HIGH_SCORE).boxes == ()
    assert len(calls) == len(detector.sides)


def test_pictures_up_to_the_largest_copy_are_not_tiled(media, monkeypatch):
    detector = open_detector("yunet", min_face=16)
    run, calls = detector._run, []
    monkeypatch.setattr(detector, "_run", lambda *a: calls.append(a) or run(*a))
    image = np.zeros((720, 1280, 3), np.uint8)
    detector.detect(image)
    assert len(calls) == 3
    detector.detect(np.zeros((1280, 1281, 3), np.uint8))
    assert len(calls) == 3 + 3 + 2


def test_a_large_face_is_not_found_in_parts(media):
    face = cv2.resize(
        read_picture(media / "obama.jpg"), (3200, 4000), interpolation=cv2.INTER_CUBIC
    )
    found = open_detector("yunet", min_face=16).detect(face).at_least(HIGH_SCORE)
    assert len(found) == 1
