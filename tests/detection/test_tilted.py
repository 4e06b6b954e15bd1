"""A second look at a picture in which no face was found."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import mimika
from mimika.detection import HIGH_SCORE, open_detector
from mimika.detection.tilted import detect_tilted, turned

SETTINGS = mimika.Settings(engine="cpu")
CUT = slice(90, 158), slice(33, 101)


@pytest.fixture(scope="module")
def detector():
    return open_detector("yunet", engine="cpu")


@pytest.fixture(scope="module")
def face(media):
    """A face that fills the picture."""
    with mimika.open_source(media / "head-pose-face-detection-female-and-male.gif") as film:
        image = next(frame.image for frame in film if frame.index == 30)
    return np.ascontiguousarray(image[CUT])


@pytest.mark.parametrize("scale", [1, 12])
def test_a_tilted_face_that_fills_the_picture_is_found(detector, face, scale):
    """Also in a picture that is shrunk before it is turned."""
    picture, _ = turned(cv2.resize(face, None, fx=scale, fy=scale), -45)
    assert not detector.detect(picture).at_least(HIGH_SCORE)
    (found,) = mimika.analyze(picture, settings=SETTINGS)
    assert found.detection_score > 0.8
    (upright,) = mimika.analyze(face, settings=SETTINGS)
    # The middle of the face is where the turn put it.
    x, y = np.array(upright.box.center) * scale - scale * face.shape[0] / 2
    shift = np.array([x + y, y - x]) / np.sqrt(2)
    wanted = picture.shape[0] / 2 + shift
    assert np.array(found.box.center) == pytest.approx(
        wanted, abs=0.12 * upright.box.height * scale
    )
    assert found.box.height == pytest.approx(upright.box.height * scale, rel=0.25)


def test_nothing_is_found_where_there_is_nothing(detector, media):
    for name in ("coffee.png", "galaxies.jpg"):
        assert not detect_tilted(detector, cv2.imread(str(media / name)))
    assert not mimika.analyze(np.zeros((1, 3, 3), np.uint8), settings=SETTINGS)


def test_turning_and_back(face):
    """The matrix leads from the turned picture's pixels to those of the picture."""
    picture, back = turned(face, 45)
    u, v = 48, 40
    x, y = back @ (u, v, 1)
    sampled = cv2.remap(face, np.float32([[x]]), np.float32([[y]]), cv2.INTER_LINEAR)[0, 0]
    assert picture[v, u].astype(int) == pytest.approx(sampled.astype(int), abs=4)
