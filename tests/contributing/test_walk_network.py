"""CONTRIBUTING.md, "A network", done as it is written there."""

from __future__ import annotations

import json

import cv2
import pytest

from helpers.data_sets import write_folders
from helpers.guide import steps

pytest.importorskip("torch")

BUILD = """
import torch
from mimika.training.networks import NETWORKS, build
assert "tiny" in NETWORKS
network = build("tiny", {"emotion": ("happy", "sad")})
print(*network(torch.zeros(2, 1, 48, 48))["emotion"].shape, network.parameter_count)
"""


@pytest.fixture
def walked(copy):
    walk = steps("A network")
    assert len({step.path for step in walk}) == 2
    for step in walk:
        copy.take(step)
    return copy


def test_a_network_is_a_file_and_an_entry(walked):
    walked.lint()
    assert walked.python("-c", BUILD).split() == ["2", "2", "97410"]


@pytest.mark.slow  # trains and exports in processes of their own
def test_it_is_trained_and_used(walked, media):
    face = cv2.imread(str(media / "obama.jpg"))
    other = cv2.imread(str(media / "astronaut.png"))
    faces = [image[i:, i:] for i in range(8) for image in (face, other)]
    write_folders(walked.root / "faces", faces, ["happy", "neutral"] * 8)
    options = ("--network", "tiny", "--epochs", "1", "--batch", "4", "--crop", "none")
    walked.mimika("train", "faces", "-o", "run", *options)
    assert json.loads((walked.root / "run" / "config.json").read_text())["network"] == "tiny"
    walked.mimika("image", str(media / "obama.jpg"), "--model", "run", "--jsonl", "a.jsonl")
    line = json.loads((walked.root / "a.jsonl").read_text())
    assert set(line["faces"][0]["probabilities"]) == {"happy", "neutral"}
