"""Faces of pictures by themselves: tilted ones are judged upright."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import mimika
from helpers.models import output, write_model
from mimika.detection.tilted import turned
from mimika.models.mirrored import predict_mirrored
from mimika.models.model import OnnxModel, open_model
from mimika.models.preprocessing import prepare, surroundings, turned_back, turned_crop
from mimika.models.still import TILTED_DEGREES, predict_still
from mimika.schema.geometry import Box
from mimika.schema.outputs import TILT_OUTPUT

SETTINGS = mimika.Settings(engine="cpu", threads=1)


@pytest.fixture(scope="module")
def picture(media):
    return cv2.imread(str(media / "two_people.jpg"))


@pytest.fixture(scope="module")
def boxes(picture):
    return [face.box for face in mimika.analyze(picture, settings=SETTINGS)]


def box_in(picture, box, degrees):
    """Where a box's middle lies in the picture turned clockwise, as an upright box."""
    image, back = turned(picture, degrees)
    x, y = np.linalg.solve(back[:, :2], np.array(box.center) - 0.5 - back[:, 2]) + 0.5
    return image, Box(x - box.width / 2, y - box.height / 2, box.width, box.height)


@pytest.mark.parametrize("degrees", [-45, 0, 45])
def test_the_tilt_has_its_sign_and_size(degrees, picture, boxes):
    model = open_model("default", engine="cpu", threads=1)
    for box in boxes:
        image, there = box_in(picture, box, degrees)
        crops = prepare(image, [there], model.card.input, model.card.crop_margin)
        (tilt,) = predict_mirrored(model, crops, (TILT_OUTPUT,))[TILT_OUTPUT][:, 0]
        assert abs(tilt - degrees) < 20


@pytest.mark.parametrize("degrees", [-40.0, 25.0])
def test_a_face_is_cut_as_if_the_picture_stood(degrees, picture, boxes):
    spec = open_model("default", engine="cpu").card.input
    for box in boxes:
        (expected,) = prepare(picture, [box], spec, 0.0)
        image, there = box_in(picture, box, degrees)
        (tilted,) = prepare(image, [there], spec, 0.0)
        found = turned_back(surroundings(image, there, spec, 0.0), spec, degrees)
        assert found.shape == expected.shape
        apart = np.abs(found.astype(int) - expected).mean()
        assert apart < 4 < np.abs(tilted.astype(int) - expected).mean() / 2
        # Where only the crop is known its corners are made up, but the face stands as well.
        middle = np.s_[12:36, 12:36]
        turned_alone = turned_crop(tilted, degrees)[middle].astype(int)
        assert np.abs(turned_alone - expected[middle]).mean() < 8


def test_tilted_faces_are_judged_upright_and_others_as_they_are(picture, boxes):
    model = open_model("default", engine="cpu", threads=1)
    asked = []

    def upright(number, degrees):
        asked.append((number, degrees))
        return crops[1 - number]

    image, there = box_in(picture, boxes[0], 45)
    spec = model.card.input
    crops = np.concatenate(
        [prepare(image, [there], spec, 0.0), prepare(picture, boxes[1:], spec, 0.0)]
    )
    found = predict_still(model, crops, upright)
    ((number, degrees),) = asked
    assert number == 0
    assert degrees > TILTED_DEGREES
    assert set(found) == set(model.card.shown)
    expected = predict_mirrored(model, crops)
    for name in model.card.shown:
        np.testing.assert_allclose(found[name][1], expected[name][1], atol=1e-6)
        np.testing.assert_allclose(found[name][0], expected[name][1], atol=1e-6)
    again = predict_still(model, crops, upright, (TILT_OUTPUT, "fer2013"))
    assert list(again) == ["fer2013", TILT_OUTPUT]
    assert again[TILT_OUTPUT][0, 0] == pytest.approx(degrees)


def test_a_model_that_does_not_say_it_is_asked_nothing(tmp_path, picture, boxes):
    path = write_model(tmp_path / "m.onnx", output("pose", "angles", ("yaw",)))
    model = OnnxModel(path, engine="cpu")
    crops = prepare(picture, boxes, model.card.input, 0.0)
    found = predict_still(model, crops, lambda *_: pytest.fail("no face is turned"))
    for name, rows in predict_mirrored(model, crops).items():
        np.testing.assert_array_equal(found[name], rows)
    assert predict_still(model, crops[:0], lambda *_: crops[0])["emotion"].shape == (0, 3)


def test_pictures_one_by_one_and_many_at_once(picture):
    """A tilted face is read as the same face upright, nearly; no result carries the tilt."""
    upright = mimika.analyze(picture, settings=SETTINGS)
    image = turned(picture, 40)[0]
    faces = mimika.analyze(image, settings=SETTINGS)
    assert len(faces) == len(upright) == 2
    (many,) = mimika.analyze_many([image], settings=SETTINGS)
    for one, other, before in zip(faces, many.faces, upright, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert one.emotion == before.emotion
        assert TILT_OUTPUT not in one.values
    with mimika.Recognizer(SETTINGS) as recognizer:
        streamed = recognizer(picture, 0.0).faces
    assert all(TILT_OUTPUT not in face.values for face in streamed)
