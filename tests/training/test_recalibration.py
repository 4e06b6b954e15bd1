"""A finished model file, calibrated again: its confidence changes, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("torch", reason="needs the train extra")

from helpers.data_sets import write_folders
from mimika.apps.cli.main import run
from mimika.base.errors import ModelError
from mimika.base.softmax import softmax
from mimika.models.calibration import Calibration
from mimika.models.card import CARD_KEY, Card, InputSpec, categorical
from mimika.models.find import model_path
from mimika.models.model import OnnxModel
from mimika.training.recalibration import recalibrate

SHARES = (0.1, 0.01, 0.01, 0.03, 0.26, 0.32, 0.14, 0.11, 0.02)
OTHER = ("fer2013", "presence")


def write_model(path, last="Softmax"):
    """Three classes from the mean of a face, and half of it as another value.

    Its factor is a constant that both share.
    """
    constants = {
        "slopes": np.array([[3.0, -2.0, 0.5]], np.float32),
        "half": np.array(0.5, np.float32),
        "offset": np.array([0.3, 0.2, 0.1], np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["faces"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["numbers"], ["flat"]),
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "half"], ["other"]),
        helper.make_node("Tanh", ["mean"], ["small"]),
        helper.make_node("MatMul", ["small", "slopes"], ["logits"]),
        helper.make_node("Mul", ["logits", "half"], ["divided"]),
        helper.make_node("Sub", ["divided", "offset"], ["adjusted"]),
        helper.make_node(last, ["adjusted"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", 2, 2, 1])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 3]),
            helper.make_tensor_value_info("other", TensorProto.FLOAT, ["N", 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    card = Card(
        name="small",
        version="1",
        outputs={"emotion": categorical("emotion", ("a", "b", "c"), "probabilities")},
        input=InputSpec(2, 2, 1, "gray"),
        metrics={"test": {"accuracy": 0.5, "n": 10}},
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {CARD_KEY: card.to_json()})
    onnx.save(made, path)
    return path


def kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


@pytest.fixture
def calibrated(tmp_path):
    """`fast`, whose card is to say that it is calibrated as here."""
    model = onnx.load(model_path("fast"))
    known = Calibration(temperature=0.742, prior_power=0.55, shares=SHARES)
    card = replace(OnnxModel(model_path("fast"), engine="cpu").card, calibration=known)
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, tmp_path / "calibrated.onnx")
    return tmp_path / "calibrated.onnx"


def test_the_main_answers_change_as_they_should_and_no_others(calibrated, clip_faces, tmp_path):
    from mimika.models.preprocessing import fit

    before = OnnxModel(calibrated, engine="cpu")
    wanted = Calibration(temperature=1.3, prior_power=0.2, shares=SHARES)
    out = tmp_path / "out.onnx"
    card = recalibrate(calibrated, out, wanted, notes="Calm.")
    after = OnnxModel(out, engine="cpu")
    faces = np.stack([fit(picture, before.card.input) for picture in clip_faces[::30]])
    bare = (np.log(before(faces)) + before.card.calibration.offset) * 0.742
    expected = softmax(wanted.adjusted(bare))
    assert np.abs(expected - before(faces)).max() > 0.1
    np.testing.assert_allclose(after(faces), expected, atol=1e-5)
    found, known = after.predict(faces, OTHER), before.predict(faces, OTHER)
    for name in OTHER:
        np.testing.assert_array_equal(found[name], known[name])
    assert card == after.card
    assert card.calibration == wanted
    assert card.notes == f"{before.card.notes} Calm."
    assert card.metrics == card.audit == {}
    assert kinds(out) == kinds(calibrated)


def test_back_again_is_what_was(calibrated, tmp_path):
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 1), np.uint8)
    there, back = tmp_path / "there.onnx", tmp_path / "back.onnx"
    recalibrate(calibrated, there, Calibration(shares=SHARES))
    recalibrate(there, back, OnnxModel(calibrated, engine="cpu").card.calibration)
    found, expected = (OnnxModel(path, engine="cpu")(faces) for path in (back, calibrated))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert kinds(back) == kinds(calibrated)


def test_a_constant_of_two_nodes_changes_for_one(tmp_path):
    source = write_model(tmp_path / "source.onnx")
    out, again = tmp_path / "out.onnx", tmp_path / "again.onnx"
    recalibrate(source, out, Calibration(temperature=4.0))
    recalibrate(out, again, Calibration(temperature=2.0))
    assert kinds(again) == kinds(source)
    faces = np.full((1, 2, 2, 1), 1, np.uint8)
    for path, temperature in ((out, 4), (again, 2)):
        session = OnnxModel(path, engine="cpu")._session
        found, other = session.run(["probabilities", "other"], {"faces": faces})
        expected = softmax(np.log(OnnxModel(source, engine="cpu")(faces)) / temperature)
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert other == 0.5


def test_without_a_softmax_nothing_is_written(tmp_path):
    source, out = write_model(tmp_path / "source.onnx", last="Sigmoid"), tmp_path / "out.onnx"
    with pytest.raises(ModelError, match="does not end in a softmax"):
        recalibrate(source, out, Calibration(temperature=2))
    assert not out.exists()


@pytest.fixture
def clip_data(clip_faces, tmp_path):
    third = len(clip_faces) // 3
    faces = [*clip_faces[:third:12], *clip_faces[2 * third :: 12]]
    half = len(clip_faces[:third:12])
    return str(write_folders(tmp_path / "clip", faces, ["sad"] * half + ["happy"] * half))


def test_a_model_file_is_calibrated_as_it_answers(calibrated, clip_data, tmp_path, capsys):
    out = tmp_path / "out.onnx"
    line = ["calibrate", str(calibrated), clip_data, "-o", str(out), "--name", "mine"]
    assert run(line) == 0
    told = capsys.readouterr().out
    found = OnnxModel(out, engine="cpu").card
    assert found.name == "mine"
    assert found.calibration.shares == SHARES
    temperature, power = found.calibration.temperature, found.calibration.prior_power
    assert temperature != 0.742
    assert f"--temperature {temperature:g} --prior-power {power:g}" in told
    assert run(["models", str(out)]) == 0
    assert f"temperature {temperature:.3f}" in capsys.readouterr().out


def test_without_known_shares_the_prior_stays(clip_data, tmp_path, capsys):
    adopted = tmp_path / "adopted.onnx"
    model = onnx.load(model_path("fast"))
    card = replace(OnnxModel(model_path("fast"), engine="cpu").card, calibration=Calibration())
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, adopted)
    out = tmp_path / "out.onnx"
    line = ["calibrate", str(adopted), clip_data, "-o", str(out)]
    assert run([*line, "--prior-power", "0.5"]) == 2
    assert "there is no prior to correct" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    assert run(line) == 0
    assert OnnxModel(out, engine="cpu").card.calibration.prior_power == 0
