"""The mean of two runs' weights, as scripts/average_weights.py writes it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from mimika.training.networks.weights import load_network, notes_of, read_tensors
from mimika.training.trainer.checkpoint import save_tensors

ROOT = Path(__file__).parents[2]
TODAY = ROOT / "models" / "repvgg-s48-first.safetensors"


@pytest.fixture(scope="module")
def main():
    spec = importlib.util.spec_from_file_location("average", ROOT / "scripts/average_weights.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """The same network after some training: each weight moved a little, on standardized faces."""
    network, notes = load_network(TODAY)
    torch.manual_seed(0)
    tensors = {
        key: tensor + 0.01 * torch.randn_like(tensor) if tensor.is_floating_point() else tensor
        for key, tensor in network.state_dict().items()
    }
    path = tmp_path_factory.mktemp("moved") / "moved.safetensors"
    save_tensors(path, tensors, {**notes, "standardizes": True})
    return path


def test_the_mean_lies_between_the_two_and_keeps_the_notes_of_the_first(
    main, moved, tmp_path, capsys
):
    assert main([str(moved), str(TODAY), "--share", "0.25", "-o", str(tmp_path / "mean")]) == 0
    assert "differ in standardizing faces" in capsys.readouterr().out
    (first, _), (second, _) = read_tensors(moved), read_tensors(TODAY)
    mean, notes = read_tensors(tmp_path / "mean")
    assert mean.keys() == first.keys()
    for key, tensor in mean.items():
        if tensor.is_floating_point():
            expected = 0.75 * first[key].float() + 0.25 * second[key].float()
            np.testing.assert_allclose(tensor, expected, rtol=1e-4, atol=1e-5)
    network, again = load_network(tmp_path / "mean")
    assert network.standardizes
    own = load_network(moved)[1]
    assert {key: again[key] for key in own} == own
    assert notes["average"] == {"first": moved.name, "second": TODAY.name, "share": 0.25}


def test_all_of_one_is_that_one_in_half_the_bytes(main, moved, tmp_path):
    out = tmp_path / "same.safetensors"
    assert main([str(TODAY), str(moved), "--share", "0", "--float16", "-o", str(out)]) == 0
    assert out.stat().st_size < 1.01 * TODAY.stat().st_size
    same, today = read_tensors(out)[0], read_tensors(TODAY)[0]
    assert all(torch.equal(same[key], tensor) for key, tensor in today.items())


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([TODAY, ROOT / "models/slim-s48.safetensors"], 4, "differ in their network"),
        ([TODAY, "nowhere.safetensors"], 4, "no file of weights"),
        ([TODAY, "MOVED", "--share", "2"], 2, "from 0 to 1"),
    ],
)
def test_what_has_no_mean_is_refused(main, moved, tmp_path, capsys, words, code, sentence):
    given = [str(moved) if word == "MOVED" else str(word) for word in words]
    assert main([*given, "-o", str(tmp_path / "mean")]) == code
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def test_other_classes_are_refused_and_a_file_is_not_written_over(main, moved, tmp_path, capsys):
    network, notes = load_network(TODAY)
    renamed = {**notes, "classes": {h: names[::-1] for h, names in notes["classes"].items()}}
    assert notes_of(network)["classes"] != renamed["classes"]
    other = tmp_path / "other.safetensors"
    save_tensors(other, network.state_dict(), renamed)
    assert main([str(TODAY), str(other), "-o", str(tmp_path / "mean")]) == 4
    assert "differ in their classes" in capsys.readouterr().err
    before = other.read_bytes()
    assert main([str(TODAY), str(moved), "-o", str(other)]) == 6
    assert other.read_bytes() == before
