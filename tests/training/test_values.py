"""An output of values from the table of a data set to the recognizer: valence and arousal."""

from __future__ import annotations

import json

import cv2
import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import mimika
from helpers.data_sets import write_table
from helpers.faces_in_memory import crying_and_laughing
from mimika.apps.cli.main import run
from mimika.base.errors import InputError
from mimika.models.model import OnnxModel
from mimika.training.config import Config
from mimika.training.data.dataset import open_data
from mimika.training.finished_run import export_run
from mimika.training.networks.weights import load_network
from mimika.training.run import train

PLACES = {"happy": (0.8, 0.5), "neutral": (0.0, 0.0), "sad": (-0.6, -0.3)}


@pytest.fixture(scope="module")
def table(clip_faces, tmp_path_factory):
    """Crying and laughing faces with made valence and arousal; two rows have none."""
    folder = tmp_path_factory.mktemp("affect")
    data = crying_and_laughing(clip_faces, 64)
    rows = []
    for split, part in data.splits.items():
        for number, (picture, label) in enumerate(zip(part.pictures, part.labels, strict=True)):
            name = f"{split}-{number}.png"
            cv2.imwrite(str(folder / name), picture)
            valence, arousal = PLACES[data.classes[label]]
            if number == 0:
                valence = arousal = ""
            rows.append((name, data.classes[label], split, valence, arousal))
    header = ("path", "label", "split", "Valence", "arousal")
    return write_table(folder / "labels.csv", rows, header=header)


@pytest.fixture(scope="module")
def finished(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "affect"
    config = Config(epochs=8, batch=8, size=32, augment="none", warmup=0, ema=0.9, crop="none")
    train(table, folder, config)
    return folder


def test_columns_of_values_are_read(table):
    data = open_data(table)
    assert "94 of 96 pictures have valence and arousal" in " ".join(data.notes)
    train_split = data.splits["train"]
    affect = train_split.values["affect"]
    assert affect.output.labels == ("valence", "arousal")
    assert affect.values.shape == (64, 2)
    assert np.isnan(affect.values).any(1).sum() == 1
    labels = np.asarray(train_split.labels)
    happy = open_data(table).classes.index("happy")
    known = ~np.isnan(affect.values[:, 0])
    assert (affect.values[known & (labels == happy)] == np.float32(PLACES["happy"])).all()


@pytest.mark.parametrize(("cell", "words"), [("1.5", "is not from -1 to 1"), ("high", "no number")])
def test_a_value_that_is_none_is_named(cell, words, table, tmp_path):
    path = table.with_name(f"wrong-{cell}.csv")
    lines = table.read_text().splitlines()
    lines[2] = lines[2].rsplit(",", 1)[0] + f",{cell}"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=rf"line 3 .*{words}"):
        open_data(path)
    assert len(open_data(path, skip_bad=True).splits["train"]) == 63


def test_the_run_reports_concordance_and_error(finished):
    metrics = json.loads((finished / "metrics.json").read_text())["outputs"]["affect"]
    assert metrics["concordance"] > 0.5
    assert 0 < metrics["rmse"] < 0.5
    header = (finished / "log.csv").read_text().splitlines()[0].split(",")
    assert {"valid_affect_concordance", "valid_affect_rmse"} <= set(header)


def test_the_card_says_kind_and_range(finished):
    output = OnnxModel(finished / "model.onnx").card.outputs["affect"]
    assert (output.kind, output.labels) == ("continuous", ("valence", "arousal"))
    assert (output.minimum, output.maximum) == (-1.0, 1.0)
    network, _ = load_network(finished)
    assert network.outputs["affect"] == output


def test_the_recognizer_shows_what_the_model_measured(finished, demo_clip):
    seen = []
    settings = mimika.Settings(model=str(finished), engine="cpu", raw=True)
    with mimika.Recognizer(settings) as recognizer, mimika.open_source(str(demo_clip)) as film:
        for frame in film:
            seen += [(frame.time_s, face) for face in recognizer(frame).faces]
    # The values are the model's, not derived from the probabilities.
    assert all("valence" in face.values for _, face in seen)
    crying = np.mean([face.valence for time_s, face in seen if time_s < seen[-1][0] / 3])
    laughing = np.mean([face.valence for time_s, face in seen if time_s > 2 * seen[-1][0] / 3])
    assert laughing > crying + 0.3


def test_evaluate_and_quantize_keep_it(finished, table, tmp_path, capsys):
    figures = tmp_path / "f.json"
    line = ["evaluate", str(finished), str(table), "--json", str(figures), "--bootstrap", "0"]
    assert run([*line, "--crop", "none"]) == 0
    expected = json.loads((finished / "metrics.json").read_text())["outputs"]["affect"]
    found = json.loads(figures.read_text())["values"]["affect"]
    assert found == pytest.approx(expected, abs=1e-3)
    assert "affect" in capsys.readouterr().out

    from mimika.training.quantization.static import quantize

    model = OnnxModel(finished / "model.onnx", engine="cpu")
    faces = open_data(table, crop="none").splits["train"].faces(model.card.input)
    quantize(finished / "model.onnx", np.ascontiguousarray(faces), tmp_path / "int8.onnx")
    assert any(
        node.op_type == "QuantizeLinear" for node in onnx.load(tmp_path / "int8.onnx").graph.node
    )
    int8 = OnnxModel(tmp_path / "int8.onnx", engine="cpu")
    assert int8.card.outputs == model.card.outputs
    a, b = (m.predict(faces, ("affect",))["affect"] for m in (model, int8))
    assert np.abs(a - b).mean() < 0.05


def test_a_run_is_exported_with_its_values(finished, tmp_path):
    card, _ = export_run(finished, tmp_path / "again.onnx", prior_power=0.5)
    assert card.outputs["affect"].kind == "continuous"


def test_one_head_leaves_the_values_out(table, tmp_path):
    config = Config(epochs=1, size=32, one_head=True, crop="none")
    train(table, tmp_path / "run", config)
    assert set(OnnxModel(tmp_path / "run" / "model.onnx").card.outputs) == {"emotion"}
