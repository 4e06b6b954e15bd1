"""Networks that give valence and arousal beside the emotions, and those of one picture."""

from __future__ import annotations

import numpy as np
import pytest

import mimika
from helpers.classifiers import LABELS, bare, network, preparation_of, softmax
from mimika.base.errors import ModelError, UsageError
from mimika.engines.agreement import probe
from mimika.models.adopt.adopt import adopt
from mimika.models.adopt.parts import Values
from mimika.models.model import OnnxModel

EIGHT = ("Anger", "Contempt", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise")
WORDS = ("anger", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")
FACES = ("N", 32, 32, 3)


def test_ten_columns_are_eight_emotions_and_two_values(tmp_path):
    """The ends of EmotiEffLib's networks: logits of eight emotions, then valence and arousal."""
    model = network(tmp_path / "ten.onnx", columns=10)
    values = Values(axes=("valence", "arousal"))
    columns = (*EIGHT, "Valence", "Arousal")
    done = adopt(model, tmp_path / "o.onnx", columns, preparation_of(), values=values)
    adopted = OnnxModel(tmp_path / "o.onnx", engine="cpu")
    assert adopted.card.labels == WORDS
    affect = adopted.card.outputs["affect"]
    assert (affect.kind, affect.labels) == ("continuous", ("valence", "arousal"))
    faces = probe(FACES, "tensor(uint8)", 8)
    (rows,) = bare(model, ["answer"], faces)
    found = adopted.predict(faces)
    assert found["emotion"] == pytest.approx(softmax(rows[:, :8]), abs=1e-4)
    assert found["affect"] == pytest.approx(rows[:, 8:].clip(-1, 1), abs=1e-4)
    assert done.values["valence"] == pytest.approx(
        (found["affect"][:, 0].min(), found["affect"][:, 0].max())
    )
    assert done.renamed == dict(zip(EIGHT, WORDS, strict=True))


def test_values_may_stand_anywhere_among_the_columns(tmp_path):
    model = network(tmp_path / "m.onnx", columns=5)
    values = Values(axes=("arousal", "valence"), minimum=-0.1, maximum=0.1)
    columns = ("valence", "sad", "happy", "arousal", "anger")
    adopt(model, tmp_path / "o.onnx", columns, preparation_of(), values=values)
    adopted = OnnxModel(tmp_path / "o.onnx", engine="cpu")
    faces = probe(FACES, "tensor(uint8)", 8)
    (rows,) = bare(model, ["answer"], faces)
    found = adopted.predict(faces)
    assert adopted.card.labels == ("sad", "happy", "anger")
    assert found["emotion"] == pytest.approx(softmax(rows[:, [1, 2, 4]]), abs=1e-4)
    assert found["affect"] == pytest.approx(rows[:, [3, 0]].clip(-0.1, 0.1), abs=1e-4)
    assert np.abs(rows[:, [3, 0]]).max() > 0.1


def test_values_in_an_output_of_their_own(tmp_path, media):
    model = network(tmp_path / "two.onnx", columns=8, values=True)
    values = Values(axes=("valence", "arousal"), tensor="va")
    adopt(model, tmp_path / "o.onnx", EIGHT, preparation_of(), values=values)
    adopted = OnnxModel(tmp_path / "o.onnx", engine="cpu")
    faces = probe(FACES, "tensor(uint8)", 8)
    rows, two = bare(model, ["answer", "va"], faces)
    found = adopted.predict(faces)
    assert found["emotion"] == pytest.approx(softmax(rows), abs=1e-4)
    assert found["affect"] == pytest.approx(two.clip(-1, 1), abs=1e-4)
    with pytest.raises(ModelError, match=r"2 values a face in va, and --values has 1"):
        adopt(
            model,
            tmp_path / "p.onnx",
            EIGHT,
            preparation_of(),
            values=Values(axes=("valence",), tensor="va"),
        )
    # A face's valence is then the model's own.
    settings = mimika.Settings(model=str(tmp_path / "o.onnx"), engine="cpu")
    (result, *_) = mimika.analyze(media / "obama.jpg", settings=settings)
    assert {"valence", "arousal"} <= result.values.keys()
    assert "derived_valence" not in result.values


@pytest.mark.parametrize("rigid", [False, True])
@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_a_network_of_one_picture_takes_any_number(tmp_path, rigid, layout):
    model = network(tmp_path / "m.onnx", batch=1, rigid=rigid, layout=layout, values=True)
    values = Values(axes=("valence", "arousal"), tensor="va")
    done = adopt(model, tmp_path / "o.onnx", LABELS, preparation_of(layout=layout), values=values)
    assert done.looped is rigid
    faces = probe(FACES, "tensor(uint8)", 5)
    fed = faces.transpose(0, 3, 1, 2) if layout == "nchw" else faces
    rows, two = bare(model, ["answer", "va"], fed)
    adopted = OnnxModel(tmp_path / "o.onnx", engine="cpu")
    for count in (1, 2, 5):
        found = adopted.predict(faces[:count])
        assert found["emotion"] == pytest.approx(softmax(rows)[:count], abs=1e-4)
        assert found["affect"] == pytest.approx(two[:count].clip(-1, 1), abs=1e-4)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"axes": ()}, "different names"),
        ({"axes": ("a", "a")}, "different names"),
        ({"axes": ("a",), "minimum": 1.0}, "smallest value"),
        ({"axes": ("a",), "name": "emotion"}, "another name"),
    ],
)
def test_values_that_make_no_sense(options, says):
    with pytest.raises(UsageError, match=says):
        Values(**options)
