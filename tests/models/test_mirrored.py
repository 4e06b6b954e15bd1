"""Faces judged together with their mirror images."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import mimika
from helpers.models import output, write_model
from mimika.models.mirrored import predict_mirrored
from mimika.models.model import OnnxModel, open_model
from mimika.models.preprocessing import fit


@pytest.fixture(scope="module")
def model():
    return open_model("default", engine="cpu", threads=1)


@pytest.fixture(scope="module")
def faces(media, model):
    picture = cv2.imread(str(media / "two_people.jpg"))
    boxes = [face.box for face in mimika.analyze(picture)]
    parts = [picture[int(b.y) :, int(b.x) :][: int(b.height), : int(b.width)] for b in boxes]
    return np.stack([fit(part, model.card.input) for part in parts])


def test_a_face_and_its_mirror_image_get_one_answer(model, faces):
    other = np.ascontiguousarray(faces[:, :, ::-1])
    alone, mirrored = model.predict(faces)["emotion"], model.predict(other)["emotion"]
    assert np.abs(alone - mirrored).max() > 0.001
    found = predict_mirrored(model, faces)["emotion"]
    np.testing.assert_allclose(found, (alone + mirrored) / 2, atol=1e-6)
    np.testing.assert_allclose(predict_mirrored(model, other)["emotion"], found, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_angles_stay_those_of_the_face(tmp_path, faces):
    path = write_model(tmp_path / "m.onnx", output("pose", "angles", ("yaw",)))
    small = OnnxModel(path, engine="cpu")
    found = predict_mirrored(small, faces)
    np.testing.assert_array_equal(found["pose"], small.predict(faces)["pose"])


def test_no_faces(model, faces):
    assert predict_mirrored(model, faces[:0])["emotion"].shape == (0, 9)


def test_pictures_are_judged_so(media, model):
    """One at a time and several at once, as the crops of both are."""
    picture = cv2.imread(str(media / "two_people.jpg"))
    settings = mimika.Settings(engine="cpu", threads=1)
    found = mimika.analyze(picture, settings=settings)
    from mimika.models.preprocessing import prepare

    crops = prepare(picture, [face.box for face in found], model.card.input, model.card.crop_margin)
    expected = predict_mirrored(model, crops)["emotion"]
    alone = model.predict(crops)["emotion"]
    got = np.array([list(face.probabilities.values()) for face in found])
    np.testing.assert_allclose(got, expected, atol=2e-3)
    assert np.abs(expected - alone).max() > 0.005
    (many,) = mimika.analyze_many([picture], settings=settings)
    again = np.array([list(face.probabilities.values()) for face in many.faces])
    np.testing.assert_allclose(again, got, atol=1e-6)
