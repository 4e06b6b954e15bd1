from __future__ import annotations

import csv
import errno
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from helpers.callbacks import StopAt
from helpers.faces_in_memory import MemoryFaces, crying_and_laughing
from mimika.base.errors import InputError, ModelError, OutputError
from mimika.models.model import OnnxModel
from mimika.training.config import Config
from mimika.training.run import train

CONFIG = Config(epochs=3, batch=12, size=32, augment="heavy", dropout=0.3, ema=0.9)


@pytest.fixture(scope="module")
def faces(clip_faces: np.ndarray) -> MemoryFaces:
    return crying_and_laughing(clip_faces, 48, heads=True)


@pytest.fixture(scope="module")
def unbroken(faces: MemoryFaces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(faces, folder, CONFIG)
    return folder


def assert_same(one: Path, other: Path) -> None:
    """Both runs ended in the same bits."""
    for name in ("weights.safetensors", "checkpoint.safetensors"):
        a, b = load_file(one / name), load_file(other / name)
        assert a.keys() == b.keys()
        assert all(torch.equal(a[key], b[key]) for key in a), name
    logs = []
    for folder in (one, other):
        with (folder / "log.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            del row["images_per_second"]
        logs.append(rows)
    assert logs[0] == logs[1]
    figures = [json.loads((folder / "metrics.json").read_text()) for folder in (one, other)]
    for key in ("accuracy", "balanced_accuracy", "ece", "confusion", "temperature", "epoch"):
        assert figures[0][key] == figures[1][key], key


# 4 steps an epoch: in the first epoch, in the middle of the third, after the second.
@pytest.mark.parametrize("stops", [(2,), (10,), (8, 3)])
def test_an_interrupted_run_ends_as_an_unbroken_one(
    stops: tuple[int, ...], unbroken: Path, faces: MemoryFaces, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    for number, stop in enumerate(stops):
        with pytest.raises(KeyboardInterrupt):
            train(faces, folder, CONFIG, resume=number > 0, callback=StopAt(stop))
        assert not (folder / "metrics.json").exists()
    train(faces, folder, resume=True)
    assert_same(unbroken, folder)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd"},
        pytest.param({"network": "repvgg_s48"}, marks=pytest.mark.slow),
        pytest.param(
            {"network": "mobilenet_v2", "size": 48, "weights": "none"}, marks=pytest.mark.slow
        ),
    ],
)
def test_other_optimisers_and_networks_too(
    options: dict, faces: MemoryFaces, tmp_path: Path
) -> None:
    config = Config(epochs=2, batch=16, augment="light", **({"size": 32} | options))
    train(faces, tmp_path / "a", config)
    with pytest.raises(KeyboardInterrupt):
        train(faces, tmp_path / "b", config, callback=StopAt(5))
    train(faces, tmp_path / "b", resume=True)
    assert_same(tmp_path / "a", tmp_path / "b")


def test_a_run_can_be_repeated(unbroken: Path, faces: MemoryFaces, tmp_path: Path) -> None:
    from mimika.training.config import read_config

    train(faces, tmp_path / "again", read_config(unbroken))
    assert_same(unbroken, tmp_path / "again")


def test_the_global_chances_are_left_alone(faces: MemoryFaces, tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(faces, tmp_path / "run", Config(epochs=1, batch=32))
    assert torch.equal(torch.rand(3), expected)


def test_a_finished_run_is_not_run_again(unbroken: Path, faces: MemoryFaces) -> None:
    before = (unbroken / "checkpoint.safetensors").stat().st_mtime_ns
    assert train(faces, unbroken, resume=True)["epochs"] == 3
    assert (unbroken / "checkpoint.safetensors").stat().st_mtime_ns == before


def test_ctrl_c_leaves_a_good_checkpoint(faces: MemoryFaces, tmp_path: Path) -> None:
    from mimika.training.finished_run import export_run

    with pytest.raises(KeyboardInterrupt):
        train(faces, tmp_path / "run", CONFIG, callback=StopAt(6))
    assert not list((tmp_path / "run").glob("*.part*"))
    export_run(tmp_path / "run" / "checkpoint.safetensors", tmp_path / "m.onnx")
    assert OnnxModel(tmp_path / "m.onnx").card.labels == ("happy", "neutral", "sad")


def test_a_checkpoint_of_another_network_is_refused(
    unbroken: Path, faces: MemoryFaces, tmp_path: Path
) -> None:
    config = json.loads((unbroken / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "network": "repvgg_s48"}))
    content = (unbroken / "checkpoint.safetensors").read_bytes()
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="checkpoint of custom_cnn"):
        train(faces, tmp_path, resume=True)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "checkpoint.safetensors").write_bytes(content[:1000])
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        train(faces, tmp_path, resume=True)


def test_nothing_to_resume(faces: MemoryFaces, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run's config"):
        train(faces, tmp_path, resume=True)


def test_a_full_disk_keeps_the_checkpoint_before(
    faces: MemoryFaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path
) -> None:
    write = Path.write_bytes
    written = []

    def full(path: Path, content: bytes) -> int:
        if "checkpoint" in path.name:
            written.append(path)
            if len(written) == 3:
                write(path, content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        train(faces, tmp_path / "run", CONFIG)
    monkeypatch.undo()
    assert not [p.name for p in (tmp_path / "run").iterdir() if "part" in p.name]
    train(faces, tmp_path / "run", resume=True)
    assert_same(unbroken, tmp_path / "run")
