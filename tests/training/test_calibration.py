"""Temperature and prior power, chosen as one on faces of more than one kind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from helpers.data_sets import write_folders
from mimika.apps.cli.main import run
from mimika.base.softmax import softmax
from mimika.models.calibration import Calibration
from mimika.models.model import OnnxModel
from mimika.training.calibration import HOME_ERROR, MOST_COST, POWERS, Answers, choose

ROOT = Path(__file__).parents[2]
SHARES = (0.6, 0.3, 0.1)


def drawn(name, sharpness, seed, count=4000):
    """Answers whose logits are `sharpness` times too large for how often they are right."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (count, 3)).astype(np.float32)
    chances = softmax(logits).cumsum(1)
    labels = (rng.random((count, 1)) > chances).sum(1).clip(0, 2)
    return Answers(name, np.float32(sharpness) * logits, labels)


def test_the_temperature_of_one_set_is_the_one_that_it_needs():
    found, _ = choose([drawn("home", 1.5, 0)], SHARES, prior_power=0.0)
    assert found.calibration.temperature == pytest.approx(1.5, rel=0.04)
    assert found.sets[0]["ece"] < 0.02


def test_other_faces_count_as_far_as_home_allows():
    home, away = drawn("home", 1.0, 0), drawn("away", 2.5, 1)
    alone, _ = choose([home], SHARES, prior_power=0.0)
    both, _ = choose([home, away], SHARES, prior_power=0.0)
    assert both.calibration.temperature > alone.calibration.temperature
    assert both.sets[0]["ece"] <= HOME_ERROR
    assert both.sets[1]["ece"] < away.figures(alone.calibration)["ece"]


def test_the_power_is_the_greatest_that_costs_little_at_home():
    home = drawn("home", 1.0, 0)
    found, tried = choose([home], SHARES)
    accuracy = {each.calibration.prior_power: each.sets[0]["accuracy"] for each in tried}
    assert list(accuracy) == list(POWERS)
    power = found.calibration.prior_power
    assert 0 < power < 1
    assert accuracy[power] >= accuracy[0.0] - MOST_COST
    assert all(a < accuracy[0.0] - MOST_COST for p, a in accuracy.items() if p > power)
    fixed, _ = choose([home], SHARES, temperature=1.3, prior_power=0.4)
    assert (fixed.calibration.temperature, fixed.calibration.prior_power) == (1.3, 0.4)


def test_the_file_that_is_written_answers_as_was_chosen(clip_faces, tmp_path, capsys):
    third = len(clip_faces) // 3
    faces = [*clip_faces[:third:12], *clip_faces[2 * third :: 12]]
    half = len(clip_faces[:third:12])
    words = ["sad"] * half + ["happy"] * (len(faces) - half)
    data = write_folders(tmp_path / "clip", faces, words)
    weights = str(ROOT / "models" / "slim-s48.safetensors")
    out, values = tmp_path / "model.onnx", tmp_path / "f.json"
    line = ["calibrate", weights, str(data), str(data), "-o", str(out), "--json", str(values)]
    assert run([*line, "--against", "fast"]) == 0
    told = capsys.readouterr().out
    found = json.loads(values.read_text(encoding="utf-8"))
    assert f"--temperature {found['temperature']:g} --prior-power" in told
    assert [each["name"] for each in found["sets"]] == ["clip", "clip, degraded", "clip"]
    assert found["powers"][0]["prior_power"] == 0
    assert found["against"]["sets"][0]["accuracy"] > 0.6
    card = OnnxModel(out, engine="cpu").card
    assert card.calibration.temperature == found["temperature"]
    bare = tmp_path / "bare.onnx"
    assert run(["export", weights, "-o", str(bare), "--temperature", "1"]) == 0
    from mimika.training.networks.weights import load_network

    shares = tuple(load_network(weights)[1]["shares"]["emotion"])
    crops = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), np.uint8)
    chosen = Calibration(
        temperature=found["temperature"], prior_power=found["prior_power"], shares=shares
    )
    expected = softmax(chosen.adjusted(np.log(OnnxModel(bare, engine="cpu")(crops))))
    np.testing.assert_allclose(OnnxModel(out, engine="cpu")(crops), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["NONE", "DATA"], 4, "There is no file of weights"),
        (["WEIGHTS", "NONE"], 3, "There is no data set"),
        (["WEIGHTS", "OWN"], 3, "does not know awake, bored"),
        (["WEIGHTS", "DATA", "--against", "none"], 4, "There is no model"),
    ],
)
def test_one_sentence(words, code, sentence, clip_faces, tmp_path, capsys):
    places = {
        "WEIGHTS": ROOT / "models" / "slim-s48.safetensors",
        "DATA": write_folders(tmp_path / "data", clip_faces[:4], ["sad"] * 4),
        "OWN": write_folders(tmp_path / "own", clip_faces[:4], ["bored", "awake"] * 2),
        "NONE": tmp_path / "none",
    }
    out = tmp_path / "model.onnx"
    line = ["calibrate", *(str(places.get(word, word)) for word in words), "-o", str(out)]
    assert run(line) == code
    told = " ".join(capsys.readouterr().err.split())
    assert sentence in told
    assert "Traceback" not in told
    assert not out.exists()
