"""Outputs of a second and a third kind: from the model's file to the face, its columns and JSON."""

from __future__ import annotations

import itertools
import json
import math

import cv2
import numpy as np
import pytest

import mimika
from helpers.models import LABELS, output, write_model
from mimika.labels.affect import DerivedAffect
from mimika.models.card import Card
from mimika.models.model import open_model
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.pipeline.recognizer import Recognizer
from mimika.pipeline.settings import Settings
from mimika.tracking.smoothing import TIME_CONSTANT_S

AFFECT = output("affect", "continuous", ("valence", "arousal"), minimum=-1)
SHINE = output("looks", "continuous", ("shine",), meaning="How much the skin shines.")
POSE = output("pose", "angles", ("pitch", "yaw"), minimum=-180, maximum=180)
DERIVED = {"derived_valence", "derived_arousal"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    return Settings(model=str(write_model(path, AFFECT, SHINE, POSE)), engine="cpu")


@pytest.fixture(scope="module")
def clip(demo_clip):
    with mimika.open_source(demo_clip) as source:
        return list(itertools.islice(source, 40))


def test_a_models_own_outputs_reach_the_face(settings, media):
    image = cv2.imread(str(media / "astronaut.png"))
    (face,) = PictureAnalyzer(settings)(image).faces
    assert face.valence == face.values["valence"]
    assert face.arousal == face.values["arousal"]
    assert not DERIVED & set(face.values), "measured ones replace the derived ones"
    assert set(face.values) == {"valence", "arousal", "looks.shine", "pose.pitch", "pose.yaw"}
    written = json.loads(json.dumps(face.to_dict()))
    assert written["valence"] == pytest.approx(face.valence, abs=5e-5)
    assert written["looks.shine"] == pytest.approx(face.values["looks.shine"], abs=5e-5)
    assert mimika.Face.from_dict(written).to_dict() == written


def test_they_are_columns_with_their_units_and_ranges(settings):
    columns = {c.name: c for c in Recognizer(settings).schema.columns}
    assert list(columns)[-8:] == [*LABELS, "valence", "arousal", "looks.shine", *POSE_COLUMNS]
    shine, yaw = columns["looks.shine"].field, columns["pose.yaw"].field
    assert (shine.meaning, shine.minimum, shine.maximum) == ("How much the skin shines.", 0, 1)
    assert (yaw.unit, yaw.minimum) == ("degrees", -180)


POSE_COLUMNS = ("pose.pitch", "pose.yaw")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_they_are_written_and_read_back(settings, demo_clip, tmp_path, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow", reason="needs the tables extra")
    seen = []
    with mimika.open_source(demo_clip) as film, Recognizer(settings) as recognizer:
        path = tmp_path / f"a.{suffix}"
        with mimika.open_sink(path, film.info, recognizer.schema) as sink:
            for frame in itertools.islice(film, 12):
                seen.append(recognizer(frame))
                sink.write(frame, seen[-1])
    assert [r.to_dict() for r in mimika.read_results(path)] == [r.to_dict() for r in seen]


def test_continuous_values_are_smoothed_as_probabilities_are(settings, clip):
    raw = Recognizer(Settings(model=settings.model, engine="cpu", raw=True))
    smooth = Recognizer(settings)
    smooth._regions._detect_near = None  # the same boxes as `raw`, all judged
    smooth._kept.staleness = lambda *_: math.inf
    mean = time_s = None
    for frame in clip:
        (bare,), (face,) = raw(frame).faces, smooth(frame).faces
        new = np.array([bare.values[name] for name in ("valence", "arousal", "looks.shine")])
        weight = 1 if mean is None else 1 - np.exp((time_s - frame.time_s) / TIME_CONSTANT_S)
        mean = new if mean is None else mean + weight * (new - mean)
        time_s = frame.time_s
        found = [face.valence, face.arousal, face.values["looks.shine"]]
        assert found == pytest.approx(list(mean), abs=1e-6)


def test_angles_are_smoothed_around_the_circle(settings, clip):
    model = open_model(settings.model, engine="cpu")

    class Turning:
        """The small model, whose head turns over the back: 170, 180, -170 degrees."""

        card, engine, notes = model.card, "cpu", ()

        def __init__(self):
            self.turns = itertools.cycle([170.0, -180.0, -170.0])

        def predict(self, faces, outputs=()):
            found = model.predict(faces, outputs)
            found["pose"][:, 1] = next(self.turns)
            return found

    recognizer = Recognizer(settings, model=Turning())
    for frame in clip[:20]:
        (face,) = recognizer(frame).faces
        assert abs(face.values["pose.yaw"]) >= 169.99


def test_a_model_without_them_gets_derived_ones(media):
    (face,) = mimika.analyze(media / "astronaut.png")
    place = DerivedAffect(tuple(face.probabilities))(np.array(list(face.probabilities.values())))
    assert (face.valence, face.arousal) == pytest.approx(place)
    assert set(face.values) == DERIVED | {"face_presence"}
    assert face.valence > 0.5, "a happy face"


def test_labels_without_a_published_place_derive_nothing(tmp_path, media):
    path = write_model(tmp_path / "m.onnx")
    card = open_model(str(path)).card.to_dict()
    card["outputs"]["emotion"]["labels"] = ["sleepy", "bored", "contempt"]
    write_model(path, card=json.dumps(card))
    (face,) = mimika.analyze(media / "astronaut.png", settings=Settings(model=str(path)))
    assert face.valence is face.arousal is None
    assert face.values == {}


def test_an_output_of_an_unknown_kind_is_one_sentence(tmp_path):
    path = write_model(tmp_path / "m.onnx", AFFECT)
    card = open_model(str(path)).card.to_dict()
    card["outputs"]["affect"]["kind"] = "mood"
    write_model(path, AFFECT, card=json.dumps(card))
    with pytest.raises(mimika.ModelError, match="'affect' is called 'mood'.*continuous") as caught:
        Recognizer(Settings(model=str(path)))
    assert "\n" not in str(caught.value)


def test_a_card_keeps_ranges_and_meanings():
    card = Card.from_json(json.dumps(_card(SHINE, POSE)), "here")
    assert card.outputs["looks"] == SHINE
    assert card.outputs["pose"] == POSE
    assert card.shown == ("emotion", "looks", "pose")


def _card(*outputs):
    from helpers.models import SIDE, categorical
    from mimika.models.card import InputSpec

    named = {each.name: each for each in (categorical("emotion", LABELS, "e"), *outputs)}
    return Card(
        name="c", version="1", outputs=named, input=InputSpec(SIDE, SIDE, 1, "gray")
    ).to_dict()
