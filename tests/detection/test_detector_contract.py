"""What every detector keeps to, run over all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

import mimika
from mimika.base.errors import ModelError, UsageError
from mimika.detection import HIGH_SCORE, THOROUGH, Detector, open_detector, table
from mimika.detection.detector import BoxToCrop, Detections
from mimika.detection.table import ASSETS, DETECTORS, own_file_kinds
from mimika.schema.geometry import Box, Point

NAMES = [*DETECTORS, *(str(ASSETS / kind.file) for kind in own_file_kinds())]
IDS = [*DETECTORS, *(f"own-{kind.name}" for kind in own_file_kinds())]


@pytest.fixture(params=NAMES, ids=IDS, scope="module")
def detector(request):
    return open_detector(request.param)


def read(path):
    image = cv2.imread(str(path))
    assert image is not None
    return image


def test_finds_one_face_where_it_is(detector, media):
    found = detector.detect(read(media / "astronaut.png")).at_least(HIGH_SCORE)
    assert len(found) == 1
    x, y = found.boxes[0].center
    assert 190 < x < 260
    assert 80 < y < 150
    assert 60 < found.boxes[0].height < 150


def test_finds_two_faces(detector, media):
    found = detector.detect(read(media / "two_people.jpg")).at_least(HIGH_SCORE)
    assert sorted(round(box.center[0], -2) for box in found.boxes) == [300, 900]


def test_finds_none_where_there_is_none(detector, media):
    assert len(detector.detect(read(media / "coffee.png")).at_least(HIGH_SCORE)) == 0


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


@pytest.mark.parametrize("name", DETECTORS)
def test_smaller_faces_than_asked_for_are_left_out(name, media):
    image = read(media / "astronaut.png")  # one face of about 100 pixels
    assert len(open_detector(name, min_face=60).detect(image).at_least(HIGH_SCORE)) == 1
    assert len(open_detector(name, min_face=200).detect(image).at_least(HIGH_SCORE)) == 0


def test_unknown_detector_names_the_choices():
    with pytest.raises(UsageError, match="choose yunet, haar.*, or your own file"):
        open_detector("retinaface")


@pytest.mark.parametrize("suffix", [kind.suffix for kind in own_file_kinds()])
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
    assert len(detector.detect(read(media / "two_people.jpg")).at_least(HIGH_SCORE)) == 2


def test_the_close_up_that_only_a_smaller_copy_shows(shared):
    found = open_detector("yunet").detect(read(shared / "media" / "angry.jpg")).at_least(HIGH_SCORE)
    assert len(found) == 1
    assert found.boxes[0].height > 800


@pytest.mark.parametrize("kind", DETECTORS.values(), ids=lambda kind: kind.name)
def test_an_entry_says_what_its_detector_is(kind, media):
    detector = open_detector(kind.name)
    found = detector.detect(read(media / "two_people.jpg"))
    assert detector.name == kind.name
    assert detector.box_to_crop == kind.box_to_crop
    assert detector.landmarks == kind.landmarks
    assert all(set(points) == set(kind.landmarks) for points in found.landmarks)
    assert len(found.landmarks) == (len(found) if kind.landmarks else 0)
    assert all((kind.meaning, kind.license, kind.source.startswith("https://")))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_bundled_file_of_another_digest_is_refused(name, tmp_path, monkeypatch):
    kind = DETECTORS[name]
    (tmp_path / kind.file).write_bytes((ASSETS / kind.file).read_bytes() + b" ")
    monkeypatch.setattr(table, "ASSETS", tmp_path)
    with pytest.raises(ModelError, match="not the file that Mimika came with: install") as caught:
        open_detector(name)
    assert "\n" not in str(caught.value)
    (tmp_path / kind.file).unlink()
    table._digest.cache_clear()
    with pytest.raises(ModelError, match="not the file"):
        open_detector(name)


def test_haars_boxes_are_turned_into_crops_like_yunets(media):
    def crops(name):
        detector = open_detector(name)
        boxes = detector.detect(read(media / "two_people.jpg")).at_least(HIGH_SCORE).boxes
        return sorted((detector.box_to_crop(box) for box in boxes), key=lambda box: box.x), boxes

    (yunet, seen), (haar, bare) = crops("yunet"), crops("haar")
    assert sorted(seen, key=lambda box: box.x) == yunet, "nothing changes for YuNet"
    bare = sorted(bare, key=lambda box: box.x)

    def difference(boxes):
        sides = [
            max(a.width, a.height) / max(b.width, b.height)
            for a, b in zip(boxes, yunet, strict=True)
        ]
        return max(abs(side - 1) for side in sides)

    assert difference(haar) < 0.12 < difference(bare)
    assert haar[0].center.y > bare[0].center.y
    assert BoxToCrop(scale=2.0)(Box(10, 10, 4, 6)) == Box(8, 7, 8, 12)


def test_points_of_faces_stay_with_their_faces():
    points = ({"nose": Point(1, 2)}, {"nose": Point(3, 4)})
    found = Detections((Box(0, 0, 9, 9), Box(5, 5, 9, 9)), (0.9, 0.5), points)
    assert found.at_least(0.6).landmarks == points[:1]
    assert found[1].landmarks == points[1]
    assert Detections(found.boxes, found.scores)[0].landmarks == {}


def test_a_detector_of_ones_own_needs_one_method(media):
    class Mine(Detector):
        name, engine, sides = "mine", "python", (320,)

        def detect(self, image, side=THOROUGH):
            return Detections((Box(178, 63, 90, 110),), (0.9,))

    recognizer = mimika.Recognizer(detector=Mine())
    for time_s in (0.0, 0.04):
        (face,) = recognizer(read(media / "astronaut.png"), time_s).faces
        assert face.emotion == "happy"
        assert face.landmarks == {}
