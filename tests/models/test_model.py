"""A model file is held to its card's word."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import mimika
from mimika.base.errors import ModelError
from mimika.labels.emotions import EMOTIONS
from mimika.models.card import CARD_KEY, Card, InputSpec, categorical
from mimika.models.find import BUNDLED
from mimika.models.model import OnnxModel, open_model
from mimika.models.preprocessing import prepare
from mimika.pipeline.recognizer import Recognizer
from mimika.pipeline.settings import Settings
from mimika.schema.geometry import Box
from mimika.sources.open import open_source

CARD = Card(
    name="tiny",
    version="1",
    outputs={"emotion": categorical("emotion", ("no", "yes"), "probabilities")},
    input=InputSpec(4, 4, 1, "gray"),
    training_data="none",
    license="Apache-2.0",
)


CARD_TEXT = CARD.to_json()


def write_model(path, card=CARD_TEXT, outputs=2, side=4):
    """A model that gives 1/K to each of K outputs."""
    zeros = numpy_helper.from_array(np.zeros((side * side, outputs), np.float32), "w")
    flat = numpy_helper.from_array(np.array([-1, side * side]), "flat")
    nodes = [
        helper.make_node("Cast", ["faces"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["f", "flat"], ["r"]),
        helper.make_node("MatMul", ["r", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", side, side, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", None])],
        [zeros, flat],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, {CARD_KEY: card})
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def default():
    return open_model("default")


@pytest.fixture(scope="module")
def faces(media):
    found = {
        "astronaut.png": Box(178, 63, 90, 110),
        "two_people.jpg": Box(791, 47, 146, 211),
    }
    spec = InputSpec(48, 48, 1, "gray")
    return np.concatenate(
        [prepare(cv2.imread(str(media / name)), [box], spec, 0.0) for name, box in found.items()]
    )


def test_the_default_model_has_the_nine_emotions_in_alphabetical_order(default):
    assert default.card.labels == EMOTIONS == tuple(sorted(EMOTIONS))
    assert default.card.license
    assert default.card.training_data


def test_probabilities_of_real_faces(default, faces):
    rows = default(faces)
    assert rows.shape == (2, 9)
    assert rows.dtype == np.float32
    assert rows.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert [EMOTIONS[i] for i in rows.argmax(axis=1)] == ["happy", "neutral"]


def test_a_batch_gives_what_single_faces_give(default, faces):
    many = np.concatenate([faces] * 8)
    together = default(many)
    alone = np.concatenate([default(face[None]) for face in many])
    assert together == pytest.approx(alone, abs=2e-3)


def test_no_face_is_an_empty_answer(default):
    assert default(np.empty((0, 48, 48, 1), np.uint8)).shape == (0, 9)


def test_a_further_output_has_labels_of_its_own(default, faces):
    rows = default.predict(faces, ("fer2013",))["fer2013"]
    assert rows.shape == (2, 7)
    assert default.card.outputs["fer2013"].labels[int(rows[0].argmax())] == "happy"
    assert list(default.predict(faces)) == ["emotion", "presence"]


def test_many_threads_get_the_same_answers(default, faces):
    alone = default(faces)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(default, [faces] * 20):
            assert rows == pytest.approx(alone, abs=1e-5)


def test_a_model_of_ones_own_runs(tmp_path):
    model = OnnxModel(write_model(tmp_path / "m.onnx"))
    assert model.card == CARD
    assert model(np.zeros((3, 4, 4, 1), np.uint8)) == pytest.approx(np.full((3, 2), 0.5))


def test_a_run_folder_and_a_path_with_spaces_and_russian_letters(tmp_path):
    run = tmp_path / "мой прогон"
    run.mkdir()
    write_model(run / "model.onnx")
    assert open_model(str(run)).card.name == "tiny"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "There is no model"),
        (lambda p: p.write_bytes(b""), "is empty"),
        (lambda p: p.write_bytes(b"hello, world"), "can load"),
        (lambda p: p.write_bytes(BUNDLED["default"].read_bytes()[:100_000]), "can load"),
        (lambda p: write_model(p, card=None), "mimika adopt"),
        (lambda p: write_model(p, card="{not json"), "card cannot be read"),
        (lambda p: write_model(p, card="[]"), "card cannot be read"),
        (lambda p: write_model(p, card=_emotion(labels=["a"])), "card cannot be read"),
        (lambda p: write_model(p, card=_emotion(labels=["a", "a"])), "card cannot be read"),
        (lambda p: write_model(p, card=_emotion(kind="colorful")), "'colorful'.*categorical"),
        (lambda p: write_model(p, card=_changed(format=1)), "format 1"),
        (lambda p: write_model(p, card=_changed(outputs={})), "named 'emotion'"),
        (lambda p: write_model(p, outputs=3), "2 labels"),
        (lambda p: write_model(p, side=5), "the card promises"),
        (lambda p: write_model(p, card=_emotion(tensor="more")), "only"),
    ],
)
def test_unusable_files_are_one_sentence(tmp_path, make, says):
    path = tmp_path / "model.onnx"
    make(path)
    with pytest.raises(ModelError, match=says) as caught:
        open_model(str(path))
    assert "\n" not in str(caught.value)


def _changed(**entries):
    return json.dumps(CARD.to_dict() | entries)


def _emotion(**entries):
    return _changed(outputs={"emotion": CARD.to_dict()["outputs"]["emotion"] | entries})


def test_a_contradictory_input_is_refused():
    with pytest.raises(ModelError, match="gray"):
        InputSpec(48, 48, 3, "gray")


def test_a_card_survives_the_journey():
    card = Card(
        name="n",
        version="2",
        outputs={
            "emotion": categorical("emotion", ("а", "б"), "probabilities"),
            "x": categorical("x", ("c", "d"), "p_x"),
        },
        input=InputSpec(3, 5, 3, "rgb"),
        crop_margin=0.25,
        metrics={"accuracy": 0.5},
        audit={"faces/valid": {"n": 20, "robustness": {"tilt 45°": 0.4}}},
        notes="т",
    )
    assert Card.from_json(card.to_json(), "here") == card


@pytest.mark.parametrize("name", list(BUNDLED))
def test_every_bundled_model_knows_plain_faces(media, name):
    card = open_model(name, engine="cpu").card
    assert card.labels == EMOTIONS
    assert card.license == "Apache-2.0"
    assert card.metrics["ferplus-8/valid"]["n"] > 3000
    settings = Settings(model=name, engine="cpu")
    for file, emotion in (("obama.jpg", "happy"), ("astronaut.png", "happy")):
        (face,) = mimika.analyze(media / file, settings=settings)
        assert face.emotion == emotion
        assert face.confidence > 0.6


def test_the_fast_model_mostly_says_what_the_default_says(demo_clip):
    shown = []
    for name in ("default", "fast"):
        recognizer = Recognizer(Settings(model=name, engine="cpu"))
        with open_source(demo_clip) as clip:
            results = [recognizer(frame) for frame in itertools.islice(clip, 0, None, 2)]
        shown.append([face.emotion for result in results for face in result.faces[:1]])
    assert len(shown[0]) == len(shown[1])
    assert np.mean([a == b for a, b in zip(*shown, strict=True)]) > 0.75
