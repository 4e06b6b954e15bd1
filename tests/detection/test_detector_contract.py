"""What every detector keeps to, run over all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimika.base.errors import ModelError, UsageError
from mimika.detection import SURE, THOROUGH, open_detector

ASSETS = Path(__file__).parents[2] / "src" / "mimika" / "assets"
DETECTORS = [
    "yunet",
    "haar",
    str(ASSETS / "yunet.onnx"),
    str(ASSETS / "haarcascade_frontalface_default.xml"),
]


@pytest.fixture(params=DETECTORS, ids=["yunet", "haar", "own-yunet", "own-cascade"], scope="module")
def detector(request):
    return open_detector(request.param)


def read(path):
    image = cv2.imread(str(path))
    assert image is not None
    return image


def test_finds_one_face_where_it_is(detector, media):
    found = detector.detect(read(media / "astronaut.png")).at_least(SURE)
    assert len(found) == 1
    x, y = found.boxes[0].center
    assert 190 < x < 260
    assert 80 < y < 150
    assert 60 < found.boxes[0].height < 150


def test_finds_two_faces(detector, media):
    found = detector.detect(read(media / "two_people.jpg")).at_least(SURE)
    assert sorted(round(box.center[0], -2) for box in found.boxes) == [300, 900]


def test_finds_none_where_there_is_none(detector, media):
    assert len(detector.detect(read(media / "coffee.png")).at_least(SURE)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (31, 33)])
def test_takes_any_size(detector, shape):
    found = detector.detect(np.full((*shape, 3), 127, np.uint8))
    assert len(found) == 0


def test_boxes_are_in_full_pixels_at_every_scale(detector, media):
    image = read(media / "obama.jpg")
    height = [detector.detect(image, side).boxes[0].height for side in (THOROUGH, *detector.sides)]
    assert max(height) / min(height) < 1.25
    larger = cv2.resize(image, None, fx=2, fy=2)
    assert detector.detect(larger).boxes[0].height == pytest.approx(2 * height[0], rel=0.15)


def test_best_first_with_scores_between_0_and_1(detector, media):
    found = detector.detect(read(media / "two_people.jpg"))
    assert list(found.scores) == sorted(found.scores, reverse=True)
    assert all(0 <= score <= 1 for score in found.scores)
    assert len(found.boxes) == len(found.scores)


def test_leaves_the_picture_as_it_is(detector, media):
    image = read(media / "astronaut.png")
    before = image.copy()
    detector.detect(image)
    assert np.array_equal(image, before)


def test_same_answer_from_many_threads(detector, media):
    images = [read(media / "astronaut.png"), read(media / "two_people.jpg")] * 6
    alone = [detector.detect(image).boxes for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = [found.boxes for found in pool.map(detector.detect, images)]
    for a, b in zip(alone, together, strict=True):
        assert len(a) == len(b)
        assert all(x.iou(y) > 0.95 for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", ["yunet", "haar"])
def test_smaller_faces_than_asked_for_are_left_out(name, media):
    image = read(media / "astronaut.png")  # one face of about 100 pixels
    assert len(open_detector(name, min_face=60).detect(image).at_least(SURE)) == 1
    assert len(open_detector(name, min_face=200).detect(image).at_least(SURE)) == 0


def test_unknown_detector_names_the_choices():
    with pytest.raises(UsageError, match="yunet or haar"):
        open_detector("retinaface")


@pytest.mark.parametrize("suffix", [".onnx", ".xml"])
def test_missing_and_broken_files_are_one_sentence(tmp_path, suffix):
    with pytest.raises(ModelError, match="There is no"):
        open_detector(str(tmp_path / f"none{suffix}"))
    broken = tmp_path / f"broken{suffix}"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="is not"):
        open_detector(str(broken))


def test_a_network_that_is_no_yunet_is_refused():
    with pytest.raises(ModelError, match="not a YuNet"):
        open_detector(str(ASSETS / "default.onnx"))


def test_haar_without_cascades_in_opencv_says_what_to_install(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(UsageError, match="pip install opencv-contrib-python-headless"):
        open_detector("haar")


def test_published_yunet_of_fixed_size_works(shared, media):
    detector = open_detector(str(shared / "detectors" / "face_detection_yunet_2023mar.onnx"))
    assert len(detector.detect(read(media / "two_people.jpg")).at_least(SURE)) == 2


def test_the_close_up_that_only_a_smaller_copy_shows(shared):
    found = open_detector("yunet").detect(read(shared / "media" / "angry.jpg")).at_least(SURE)
    assert len(found) == 1
    assert found.boxes[0].height > 800
