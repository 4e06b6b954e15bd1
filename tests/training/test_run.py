from __future__ import annotations

import csv
import json
import math
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from helpers.callbacks import Messages
from helpers.faces_in_memory import MemoryFaces, MemorySplit, crying_and_laughing
from mimika.base.errors import DeviceError, InputError, MimikaError, ModelError, UsageError
from mimika.models.find import model_path
from mimika.models.model import OnnxModel
from mimika.training.config import Config, changed, merged, read_config
from mimika.training.finished_run import export_run
from mimika.training.networks import input_spec
from mimika.training.networks.weights import load_network
from mimika.training.run import train
from mimika.training.trainer.lock import locked
from mimika.training.trainer.loss import FaceLoss
from mimika.training.trainer.teachers import Teachers

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Config(epochs=12, batch=8, size=32, augment="none", warmup=0, ema=0.9, tensorboard=True)
SMALL = Config(epochs=2, batch=16, size=32, augment="none", warmup=0, one_head=True)


@pytest.fixture(scope="module")
def faces(clip_faces: np.ndarray) -> MemoryFaces:
    return crying_and_laughing(clip_faces, 64, heads=True)


@pytest.fixture(scope="module")
def finished(faces: MemoryFaces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with two heads."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    train(faces, folder, FIRST)
    return folder


def test_64_real_faces_are_learnt_by_heart(clip_faces: np.ndarray, tmp_path: Path) -> None:
    data = crying_and_laughing(clip_faces, 64)
    data = MemoryFaces(data.classes, dict.fromkeys(("train", "valid"), data.splits["train"]))
    config = Config(
        epochs=12, batch=16, size=32, augment="none", label_smoothing=0, dropout=0, ema=0.9
    )
    assert train(data, tmp_path / "run", config)["accuracy"] == 1.0


def test_a_run_s_folder_is_whole(finished: Path, clip_faces: np.ndarray) -> None:
    names = {path.name for path in finished.iterdir()}
    assert names >= {
        "config.json",
        "log.csv",
        "checkpoint.safetensors",
        "weights.safetensors",
        "model.onnx",
        "metrics.json",
        "learning_curve.png",
        "confusion.png",
        "sample_faces.png",
        "tensorboard",
    }
    assert not [name for name in names if ".part" in name or name == "run.pid"]
    assert any((finished / "tensorboard").iterdir())
    with (finished / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == [str(n) for n in range(1, 13)]
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    assert float(rows[0]["images_per_second"]) > 0
    figures = json.loads((finished / "metrics.json").read_text())
    assert figures["n"] == 32
    assert figures["accuracy"] > 0.5
    assert np.sum(figures["confusion"]) == 32


def test_the_recognizer_s_side_takes_the_folder(finished: Path, faces: MemoryFaces) -> None:
    classifier = OnnxModel(model_path(str(finished)))
    card = classifier.card
    assert card.name == "first"
    assert card.labels == ("happy", "neutral", "sad")
    assert {name: output.labels for name, output in card.outputs.items()} == {
        "emotion": ("happy", "neutral", "sad"),
        "fer2013": ("happy", "sad"),
    }
    assert card.metrics["valid"]["n"] == 32
    valid = faces.splits["valid"]
    right = (classifier(valid.faces(card.input)).argmax(1) == valid.labels).mean()
    assert right == pytest.approx(card.metrics["valid"]["accuracy"], abs=1e-4)


def test_export_of_a_run_and_of_a_checkpoint(finished: Path, tmp_path: Path) -> None:
    card, worst = export_run(finished, tmp_path / "a.onnx")
    assert card.metrics["valid"]["n"] == 32
    assert worst < 1e-4
    card, _ = export_run(
        finished / "checkpoint.safetensors", tmp_path / "b.onnx", name="b", prior_power=0.5
    )
    assert card.name == "b"
    assert card.metrics == {}  # another file than the one that was judged
    assert OnnxModel(tmp_path / "b.onnx").card == card
    with pytest.raises(ModelError, match=r"no weights\.safetensors"):
        export_run(tmp_path, tmp_path / "c.onnx")


def test_prior_correction_raises_rare_classes(finished: Path, faces: MemoryFaces) -> None:
    spec = load_network(finished)[0].spec
    plain = OnnxModel(finished / "model.onnx")(faces.splits["valid"].faces(spec))
    export_run(finished, finished.parent / "p.onnx", prior_power=1.0)
    corrected = OnnxModel(finished.parent / "p.onnx")(faces.splits["valid"].faces(spec))
    shares = np.array(load_network(finished)[1]["shares"]["emotion"])
    expected = plain / shares
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(corrected, expected, atol=2e-4)


def test_teachers_are_learnt_from(finished: Path, faces: MemoryFaces, tmp_path: Path) -> None:
    # Without labels of its own weight, the student can only have it from the teacher.
    config = Config(
        epochs=12,
        batch=8,
        teacher=(str(finished), str(finished / "model.onnx")),
        teacher_weight=1.0,
        size=32,
        augment="none",
        warmup=0,
        ema=0.9,
        seed=3,
    )
    shuffled = MemorySplit(
        faces.splits["train"].pictures, np.random.default_rng(1).integers(0, 3, 64)
    )
    data = MemoryFaces(faces.classes, {"train": shuffled, "valid": faces.splits["valid"]})
    assert train(data, tmp_path / "student", config)["accuracy"] > 0.5


def test_several_teachers_are_averaged_in_the_student_s_order(finished: Path) -> None:
    spec = input_spec("custom_cnn", size=64, color="rgb")
    order = {"emotion": ("sad", "happy", "neutral")}
    device = torch.device("cpu")
    images = torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        one = Teachers((str(finished),), order, spec, device)(images)["emotion"]
        other = Teachers((str(finished / "model.onnx"),), order, spec, device)(images)["emotion"]
        both = Teachers((str(finished), str(finished / "model.onnx")), order, spec, device)(images)[
            "emotion"
        ]
    torch.testing.assert_close(both, (one + other) / 2)
    torch.testing.assert_close(both.sum(1), torch.ones(4))
    with pytest.raises(UsageError, match="does not know disgust"):
        Teachers((str(finished),), {"emotion": ("disgust", "happy")}, spec, device)
    with pytest.raises(ModelError):
        Teachers(("no/such/run",), order, spec, device)


def test_starting_from_a_run_keeps_heads_with_the_same_classes(
    finished: Path, faces: MemoryFaces, tmp_path: Path
) -> None:
    callback = Messages()
    train(
        faces, tmp_path / "a", Config(epochs=1, size=32, weights=str(finished)), callback=callback
    )
    assert not callback.messages
    other = MemoryFaces(("glad", "plain", "sad"), faces.splits)
    train(
        other, tmp_path / "b", Config(epochs=1, size=32, weights=str(finished)), callback=callback
    )
    assert "head emotion begins anew" in callback.messages[0]
    with pytest.raises(ModelError, match="weights of custom_cnn"):
        train(
            faces,
            tmp_path / "c",
            Config(network="repvgg_s48", epochs=1, size=32, weights=str(finished)),
        )
    assert not (tmp_path / "c" / "config.json").exists()


def test_a_frozen_body_stays(finished: Path, faces: MemoryFaces, tmp_path: Path) -> None:
    config = Config(epochs=1, size=32, weights=str(finished), freeze=True, lr=0.01, ema=0)
    train(faces, tmp_path / "run", config)
    before, after = load_network(finished)[0], load_network(tmp_path / "run")[0]
    for name, value in before.body.state_dict().items():
        assert torch.equal(value, after.body.state_dict()[name]), name
    assert not torch.equal(before.heads["emotion"].weight, after.heads["emotion"].weight)


def test_patience_ends_a_run_early(faces: MemoryFaces, tmp_path: Path) -> None:
    callback = Messages()
    config = Config(epochs=30, batch=32, size=32, augment="none", lr=1e-9, ema=0, patience=1)
    figures = train(faces, tmp_path / "run", config, callback=callback)
    assert figures["epochs"] <= 8
    assert any("brought no better accuracy" in said for said in callback.messages)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "clip": 0.0, "body_lr": 0.1, "augment": "webcam"},
        {"precision": "bf16", "augment": "heavy", "logit_adjustment": 1.0, "limit": 32},
        {"color": "rgb", "size": 40, "mixup": 1.0, "limit": 24, "monitor": "balanced_accuracy"},
        {"standardize": True},
    ],
)
def test_other_settings_run(options: dict, faces: MemoryFaces, tmp_path: Path) -> None:
    figures = train(faces, tmp_path / "run", merged(SMALL, Config(**options)))
    assert 0 <= figures["accuracy"] <= 1
    assert math.isfinite(figures["ece"])
    network, _ = load_network(tmp_path / "run")
    assert network.standardizes == options.get("standardize", False)


def test_all_white_faces_end_in_a_model_not_in_an_error(tmp_path: Path) -> None:
    white = np.full((16, 48, 48, 3), 255, np.uint8)
    split = MemorySplit(white, np.arange(16) % 2)
    data = MemoryFaces(("a", "b"), {"train": split, "valid": split})
    assert train(data, tmp_path / "run", SMALL)["accuracy"] == 0.5


def test_a_class_only_in_validation_and_a_class_with_one_face(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 48, 48, 3), np.uint8)
    labels = np.array([0] * 15 + [1])
    data = MemoryFaces(
        ("a", "b", "c"),
        {
            "train": MemorySplit(noise, labels),
            "valid": MemorySplit(noise[:4], np.array([0, 0, 1, 2])),
        },
    )
    figures = train(data, tmp_path / "run", merged(SMALL, Config(logit_adjustment=1.0)))
    assert figures["per_class"]["c"]["n"] == 1


@pytest.mark.parametrize(("train_faces", "valid_faces"), [(1, 4), (4, 0)])
def test_too_few_faces(train_faces: int, valid_faces: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 3), np.uint8)
    labels = np.array([0, 1, 0, 1])
    data = MemoryFaces(
        ("a", "b"),
        {
            "train": MemorySplit(noise[:train_faces], labels[:train_faces]),
            "valid": MemorySplit(noise[:valid_faces], labels[:valid_faces]),
        },
    )
    with pytest.raises(InputError):
        train(data, tmp_path / "run", SMALL)
    assert not (tmp_path / "run").exists()


def test_a_diverged_run_says_so(
    faces: MemoryFaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverged(_: FaceLoss, logits: dict[str, torch.Tensor], *__: object) -> torch.Tensor:
        return sum(z.sum() for z in logits.values()) * float("nan")

    monkeypatch.setattr(FaceLoss, "forward", diverged)
    with pytest.raises(MimikaError, match="smaller --lr than 0.002"):
        train(faces, tmp_path / "run", SMALL)
    assert not (tmp_path / "run" / "weights.safetensors").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_absent_devices_are_named(faces: MemoryFaces, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no cuda device"):
        train(faces, tmp_path / "a", Config(device="cuda"))
    with pytest.raises(UsageError, match="NVIDIA GPU"):
        train(faces, tmp_path / "b", Config(precision="fp16"))
    with pytest.raises(UsageError, match="one NVIDIA GPU"):
        train(faces, tmp_path / "c", Config(speedup="cuda-graph"))


def test_a_running_run_is_refused(faces: MemoryFaces, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with locked(folder):
        assert (folder / "run.pid").read_text().strip() == str(os.getpid())
        with pytest.raises(UsageError, match=f"still running .process {os.getpid()}"):
            train(faces, folder, SMALL)
    train(faces, folder, SMALL)


def test_a_folder_with_a_run_is_not_overwritten(finished: Path, faces: MemoryFaces) -> None:
    with pytest.raises(UsageError, match="--resume"):
        train(faces, finished, SMALL)


# The parts.


def test_config_survives_its_file(finished: Path, tmp_path: Path) -> None:
    assert read_config(finished) == FIRST
    assert changed(FIRST).keys() == {
        "epochs",
        "batch",
        "augment",
        "size",
        "warmup",
        "ema",
        "tensorboard",
    }
    over = merged(read_config(finished), Config(epochs=9))
    assert (over.epochs, over.batch) == (9, 8)
    with pytest.raises(InputError, match=r"no run's config\.json"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text('{"speed": 3}')
    with pytest.raises(InputError, match="does not hold the settings"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 0), ("dropout", 1.0), ("batch", -1), ("label_smoothing", 1)]
)
def test_settings_out_of_range(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} must be"):
        Config(**{name: value})


def test_worst_mistakes_are_wrong_and_sorted(
    finished: Path, faces: MemoryFaces, tmp_path: Path
) -> None:
    from PIL import Image

    from mimika.training.evaluation.mistakes import draw_mistakes, worst_mistakes

    classifier = OnnxModel(finished / "model.onnx")
    lied = MemorySplit(faces.splits["valid"].pictures, (faces.splits["valid"].labels + 1) % 3)
    data = MemoryFaces(faces.classes, {"valid": lied})
    found = worst_mistakes(classifier, data, count=7)
    assert len(found) == 7
    sure = [mistake.confidence for mistake in found]
    assert sure == sorted(sure, reverse=True)
    for mistake in found:
        assert mistake.label == faces.classes[lied.labels[mistake.row]] != mistake.predicted
    draw_mistakes(tmp_path / "m.png", found)
    with Image.open(tmp_path / "m.png") as picture:
        assert picture.size[0] > picture.size[1]
    with pytest.raises(InputError, match="model of these classes"):
        worst_mistakes(classifier, MemoryFaces(("a", "b"), faces.splits))
