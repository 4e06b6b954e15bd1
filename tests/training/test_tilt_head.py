"""The head that reads how far a face is tilted, fitted on features that stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from mimika.models.mirrored import predict_mirrored
from mimika.models.model import open_model
from mimika.models.preprocessing import fit
from mimika.schema.outputs import TILT, TILT_OUTPUT
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.weights import load_network, notes_of
from mimika.training.tilt_head import add_tilt_head, turned_faces

WEIGHTS = Path(__file__).parents[2] / "models" / "slim-s48.safetensors"


@pytest.fixture(scope="module")
def faces(clip_faces):
    network, _ = load_network(WEIGHTS)
    return np.stack([fit(face, network.spec) for face in clip_faces])


def test_faces_are_turned_by_what_is_said(faces):
    some = faces[np.zeros(400, int)]
    turned, degrees = turned_faces(some, np.random.default_rng(0))
    assert turned.shape == some.shape
    assert abs(degrees.mean()) < 6
    assert 0.15 < (degrees == 0).mean() < 0.35
    assert np.abs(degrees).max() <= 60
    model = open_model("default", engine="cpu", threads=1)
    read = predict_mirrored(model, turned, (TILT_OUTPUT,))[TILT_OUTPUT][:, 0]
    assert np.corrcoef(read, degrees)[0, 1] > 0.8


def test_a_head_is_added_and_all_else_stays(faces):
    network, _ = load_network(WEIGHTS)
    with torch.no_grad():
        before = network(to_pixels(torch.from_numpy(faces[:8])))
    many = np.concatenate([faces] * (600 // len(faces) + 1))
    error = add_tilt_head(network, many, seed=1)
    assert error < 15
    with torch.no_grad():
        after = network(to_pixels(torch.from_numpy(faces[:8])))
    assert network.outputs[TILT_OUTPUT] == TILT
    for head, rows in before.items():
        torch.testing.assert_close(after[head], rows, rtol=0, atol=0)
    assert notes_of(network)["outputs"][TILT_OUTPUT]["kind"] == "angles"
    turned, degrees = turned_faces(faces, np.random.default_rng(2))
    with torch.no_grad():
        both = [
            network(to_pixels(torch.from_numpy(x))) for x in (turned, turned[:, :, ::-1].copy())
        ]
    read = (both[0][TILT_OUTPUT] - both[1][TILT_OUTPUT])[:, 0].numpy() / 2
    assert np.corrcoef(read, degrees)[0, 1] > 0.7
