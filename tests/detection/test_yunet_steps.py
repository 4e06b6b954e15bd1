"""A look at a copy that frames share gives what a look at once gives."""

from __future__ import annotations

import cv2
import pytest

from mimika.base.errors import ModelError
from mimika.detection import open_detector
from mimika.detection.yunet_steps import YuNetHalves


@pytest.fixture(scope="module")
def yunet():
    return open_detector("yunet", engine="cpu")


@pytest.mark.parametrize("name", ["two_people.jpg", "astronaut.png"])
def test_a_shared_look_finds_the_same(yunet, media, name):
    image = cv2.imread(str(media / name))
    wanted = yunet.detect(image, 320)
    assert len(wanted) > 0
    look = yunet.begin(image, 320)
    image[:] = 0  # the picture is the caller's
    assert look.step() is None
    assert look.step() == wanted


def test_looks_do_not_disturb_each_other(yunet, media):
    images = [cv2.imread(str(media / name)) for name in ("two_people.jpg", "astronaut.png")]
    looks = [yunet.begin(image, 320) for image in images]
    for look in looks:
        look.step()
    for look, image in zip(looks, images, strict=True):
        assert look.step() == yunet.detect(image, 320)


def test_a_half_that_is_missing_is_named(tmp_path):
    halves = YuNetHalves(tmp_path / "first.onnx", tmp_path / "second.onnx")
    with pytest.raises(ModelError, match=r"first\.onnx"):
        halves.begin(None, None, 1)
