from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.callbacks import StopAt
from helpers.faces_in_memory import MemoryFaces, crying_and_laughing
from mimika.base.errors import UsageError
from mimika.training.comparison import Entry, compare, run_folder
from mimika.training.comparison_report import COLUMNS, markdown, verdict, write_report
from mimika.training.config import Config

BUDGET = Config(epochs=2, batch=16, size=32, weights="none")
NETWORKS = ("custom_cnn", "repvgg_s48")


@pytest.fixture(scope="module")
def faces(clip_faces: np.ndarray) -> MemoryFaces:
    return crying_and_laughing(clip_faces, 32)


@pytest.mark.slow  # trains and exports four networks
def test_a_comparison_goes_on_where_it_was_stopped(faces: MemoryFaces, tmp_path: Path) -> None:
    first = StopAt(7)  # in the last epoch of the second of four runs, 2 steps an epoch
    with pytest.raises(KeyboardInterrupt):
        compare(faces, tmp_path, BUDGET, networks=NETWORKS, callback=first)
    assert [path.parent.name for path in tmp_path.glob("*/metrics.json")] == ["custom_cnn-none"]
    done = (tmp_path / "custom_cnn-none" / "weights.safetensors").stat().st_mtime_ns
    second = StopAt(-1)
    entries = compare(faces, tmp_path, BUDGET, networks=NETWORKS, callback=second)
    assert [said[:3] for said in second.messages] == ["2/4", "3/4", "4/4"]
    assert (tmp_path / "custom_cnn-none" / "weights.safetensors").stat().st_mtime_ns == done
    assert [(e.network, e.augment) for e in entries] == [
        (network, level) for network in NETWORKS for level in ("none", "light")
    ]
    said = write_report(tmp_path, entries)
    assert said.startswith("The winner is ")
    with (tmp_path / "comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["network"] for row in rows] == [e.network for e in entries]
    assert float(rows[0]["accuracy"]) == pytest.approx(100 * entries[0].accuracy, abs=0.05)
    assert said in (tmp_path / "comparison.md").read_text()
    for name in ("bars", "curves", "confusion"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.width > 200
            assert picture.convert("L").getextrema() != (255, 255)
    with pytest.raises(UsageError, match="other settings"):
        compare(faces, tmp_path, Config(epochs=3), networks=NETWORKS)


def test_a_run_s_folder_is_a_plain_name() -> None:
    assert run_folder(Path("c"), "timm:a/b", "none") == Path("c", "timm-a-b-none")


def test_wrong_names(faces: MemoryFaces, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--starts names vgg16"):
        compare(faces, tmp_path, BUDGET, start={"vgg16": "none"})


def entry(network: str, augment: str, accuracy: float, n: int = 10_000) -> Entry:
    figures = {
        "accuracy": accuracy,
        "balanced_accuracy": accuracy - 0.1,
        "n": n,
        "ms_per_face": 2.5,
        "epoch": 7,
        "epochs": 9,
        "train_seconds": 61.4,
        "parameters": 1_234_567,
    }
    return Entry(network, augment, "auto", Path(network), figures, [])


def test_the_verdict_by_hand() -> None:
    entries = [
        entry("custom_cnn", "none", 0.45),
        entry("custom_cnn", "light", 0.50),
        entry("vgg19", "none", 0.51),
        entry("vgg19", "light", 0.58),
    ]
    said = verdict(entries)
    assert "The winner is vgg19 with augmentation light: 58.0%" in said
    assert "custom_cnn, is 8.0 points behind, more than chance explains" in said
    assert "Augmentation light changes accuracy by +6.0 points" in said
    assert "custom_cnn +5.0, vgg19 +7.0" in said
    few = [entry("custom_cnn", "none", 0.50, 100), entry("vgg19", "none", 0.54, 100)]
    assert "which may be chance" in verdict(few)


def test_the_table_marks_the_winner() -> None:
    lines = markdown([entry("custom_cnn", "none", 0.45), entry("vgg19", "none", 0.51)]).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == len(COLUMNS) + 1
    assert "**" not in lines[2]
    assert "| **vgg19** | **ImageNet** | **none** | **51.0** | **41.0** |" in lines[3]
    assert "| custom_cnn | random |" in lines[2]
    assert "7 of 9" in lines[2]
