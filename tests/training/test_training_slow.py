"""What takes minutes: thousands of faces, several processes, torch.compile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.faces_in_memory import MemoryFaces, crying_and_laughing, shared_faces
from mimika.training.config import Config
from mimika.training.finished_run import read_metrics
from mimika.training.run import train

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_4000_faces_on_a_laptop(shared: Path, tmp_path: Path) -> None:
    data = shared_faces(shared, 4000, 1000)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        # Under five minutes on two cores, which a busy accelerator need not reach.
        figures = train(data, tmp_path / "run", Config(epochs=4, batch=64, ema=0.99))
    finally:
        torch.set_num_threads(threads)
    commonest = np.bincount(data.splits["valid"].labels).max() / 1000
    assert figures["accuracy"] > commonest + 0.1
    assert figures["balanced_accuracy"] > 2 / 9


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import cv2, numpy as np
from helpers.faces_in_memory import crying_and_laughing
from mimika.training.config import Config
from mimika.training.run import train
pictures = np.load({pictures!r})
config = Config(epochs=2, batch=16, size=32, device="cpu")
train(crying_and_laughing(pictures, 64), {out!r}, config)
"""


def test_two_processes_under_torchrun(clip_faces: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", clip_faces)
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT.format(
            tests=str(Path(__file__).parents[1]),
            pictures=str(tmp_path / "pictures.npy"),
            out=str(tmp_path / "run"),
        )
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert read_metrics(tmp_path / "run")["epochs"] == 2
    assert (tmp_path / "run" / "model.onnx").is_file()


def test_torch_compile_gives_the_same_network(clip_faces: np.ndarray, tmp_path: Path) -> None:
    data: MemoryFaces = crying_and_laughing(clip_faces, 32)
    for speedup in ("none", "compile"):
        config = Config(
            epochs=2, batch=16, size=32, augment="none", dropout=0, warmup=0, speedup=speedup
        )
        try:
            train(data, tmp_path / speedup, config)
        except torch._dynamo.exc.BackendCompilerFailed:
            pytest.skip("torch.compile finds no C++ compiler here")
    losses = []
    for speedup in ("none", "compile"):
        text = (tmp_path / speedup / "log.csv").read_text().splitlines()
        losses.append([float(line.split(",")[1]) for line in text[1:]])
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
