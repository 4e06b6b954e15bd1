"""Boxes that hold no face, by the model's output `presence`, are left out."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import mimika
from helpers.models import PRESENCE, write_model
from mimika.base.errors import UsageError
from mimika.models.model import open_model
from mimika.pipeline.kept import HIDDEN_S
from mimika.pipeline.presence import FollowedPresence
from mimika.pipeline.recognizer import Recognizer
from mimika.pipeline.settings import Settings
from mimika.schema.geometry import Box
from mimika.schema.outputs import PRESENCE_OUTPUT

MIDDLE = 510
"""The column between the two people of the picture."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A model for which dark boxes hold no face."""
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    return Settings(model=str(write_model(path, PRESENCE)), engine="cpu", min_presence=0.5)


@pytest.fixture
def image(media):
    """Two people; the right face is larger."""
    return cv2.imread(str(media / "two_people.jpg"))


def darkened(image, side, light=0.3):
    """The picture with one half in the dark, where the detector still finds the face."""
    dark = image.copy()
    half = np.s_[:, MIDDLE:] if side == "right" else np.s_[:, :MIDDLE]
    dark[half] = (dark[half] * light).astype(np.uint8)
    return dark


def in_a_stream(settings, image):
    with Recognizer(settings) as recognizer:
        return [recognizer(image, i / 25).faces for i in range(10)][-1]


def in_a_picture(settings, image):
    return mimika.analyze(image, settings=settings)


def among_pictures(settings, image):
    return [*mimika.analyze_many([image, image], settings=settings)][1].faces


LOOKS = pytest.mark.parametrize("look", [in_a_stream, in_a_picture, among_pictures])


@LOOKS
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_holds_no_face_is_left_out_and_the_others_stay_as_they_are(
    settings, image, look, side
):
    dark = darkened(image, side)
    everything = look(replace(settings, min_presence=0), dark)
    assert len(everything) == 2
    (face,) = look(settings, dark)
    (same,) = [f for f in everything if f.values["face_presence"] > 0.5]
    assert face.track_id == 1
    assert face.box == same.box
    assert face.values["face_presence"] == pytest.approx(same.values["face_presence"])
    assert face.probabilities == pytest.approx(same.probabilities)


@LOOKS
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_largest_is_the_largest_face(settings, image, look, side):
    (face,) = look(replace(settings, largest=True), darkened(image, side))
    assert (face.box.center[0] > MIDDLE) is (side == "left")
    assert face.track_id == 1


def test_nobody_is_left_where_no_box_holds_a_face(settings, image):
    dark = darkened(darkened(image, "left"), "right")
    for look in (in_a_picture, in_a_stream):
        assert look(replace(settings, largest=True), dark) == ()


def test_one_bad_frame_hides_no_box_and_a_bad_second_does():
    presence = FollowedPresence(0.5, raw=False)
    hidden = []
    for i, value in enumerate([0.9, 0.9, 0.0, 0.9, *[0.0] * 25]):
        values = {PRESENCE_OUTPUT: np.array([value], np.float32)}
        presence.update({7: Box(i, 0, 9, 9)}, {7: values}, i / 25)
        hidden.append(7 in presence.hidden)
    assert not any(hidden[:4])
    assert hidden[-1]
    assert presence.hidden[7].x == i
    presence.forget_all_but(())
    assert not presence.hidden


def test_a_face_that_comes_into_the_light_is_shown_and_keeps_its_number(settings, image):
    """It goes slowly dark after one second, and is in the light again after two."""
    counts, numbers = [], set()
    with Recognizer(settings) as recognizer:
        for i in range(100):
            light = 1 - 0.05 * min(max(0, i - 25), 12) if i < 50 else 1
            faces = recognizer(darkened(image, "right", light), i / 25).faces
            counts.append(len(faces))
            numbers |= {face.track_id for face in faces}
    # It goes by the mean over time, and what is hidden is judged anew after HIDDEN_S at most.
    assert counts[:25] == [2] * 25
    assert counts[45:50] == [1] * 5
    late = round(25 * (HIDDEN_S + 0.5))
    assert counts[50 + late :] == [2] * (50 - late)
    assert numbers == {1, 2}


@pytest.fixture
def counted(settings):
    """The model, and how many faces it was asked about each time."""
    model, judged = open_model(settings.model, engine="cpu"), []

    class Counted:
        card, engine, notes = model.card, model.engine, model.notes

        def predict(self, faces, outputs=()):
            judged.append(len(faces))
            return model.predict(faces, outputs)

    return Counted(), judged


def restless(image, i):
    """The picture so that no face keeps its answer because it stays as it is."""
    return np.roll(image, i % 2, axis=1) + np.uint8(i % 3)


def test_what_is_not_shown_is_judged_seldom(settings, image, counted):
    model, judged = counted
    dark = darkened(darkened(image, "left"), "right")
    with Recognizer(settings, model=model) as recognizer:
        for i in range(50):
            assert recognizer(restless(dark, i), i / 25).faces == ()
    assert sum(judged) <= 2 * (1 + 2 / HIDDEN_S)


def test_whoever_is_one_too_many_is_judged_seldom(settings, image, counted):
    model, judged = counted
    with Recognizer(replace(settings, people=1), model=model) as recognizer:
        for i in range(50):
            (face,) = recognizer(restless(image, i), i / 25).faces
            assert face.track_id == 1
    assert sum(judged) <= 50 + (1 + 2 / HIDDEN_S)


def test_models_that_do_not_say_it_show_all(image, tmp_path):
    always = Settings(model=str(write_model(tmp_path / "m.onnx")), engine="cpu", min_presence=1.0)
    assert len(mimika.analyze(darkened(image, "right"), settings=always)) == 2


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(least):
    with pytest.raises(UsageError, match="--min-presence"):
        Settings(min_presence=least)


@pytest.mark.parametrize("model", ["default", "fast"])
def test_the_bundled_models_tell_a_galaxy_from_faces(model, media):
    settings = mimika.Settings(model=model, engine="cpu")
    every_box = mimika.Settings(model=model, engine="cpu", min_presence=0.0)
    assert not mimika.analyze(media / "galaxies.jpg", settings=settings)
    (galaxy,) = mimika.analyze(media / "galaxies.jpg", settings=every_box)
    assert galaxy.values["face_presence"] < 0.1
    (face,) = mimika.analyze(media / "astronaut.png", settings=settings)
    assert face.values["face_presence"] > 0.9
