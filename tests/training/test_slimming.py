"""A narrow network cut from a wide one starts near to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.faces_in_memory import crying_and_laughing
from mimika.base.errors import ModelError
from mimika.labels.emotions import EMOTIONS
from mimika.training.config import Config
from mimika.training.networks import build
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.repvgg import RepVggUnit
from mimika.training.networks.slim import SlimUnit
from mimika.training.networks.slimming import least_squares, most_telling, start_from_wide
from mimika.training.networks.weights import load_weights
from mimika.training.run import train

HEADS = {"emotion": EMOTIONS, "fer2013": EMOTIONS[:7]}


@pytest.fixture(scope="module")
def faces():
    """Smooth random pictures, (N, 48, 48, 1) uint8."""
    coarse = torch.rand(160, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    smooth = torch.nn.functional.interpolate(coarse, (48, 48), mode="bicubic").clamp(0, 1)
    return (smooth.permute(0, 2, 3, 1) * 255).to(torch.uint8).numpy()


@pytest.fixture
def wide(faces):
    torch.manual_seed(3)
    network = build("repvgg_s48", HEADS).train()
    with torch.no_grad():
        for _ in range(12):  # batch normalization forgets where it began
            network(to_pixels(torch.from_numpy(faces[:48])))
    return network.eval()


def logits(network, faces):
    with torch.no_grad():
        return network.eval()(to_pixels(torch.from_numpy(faces)))


def test_slim_s48_has_a_third_of_the_size():
    assert build("slim_s48", HEADS).parameter_count == 966_640 + 784


def test_what_a_few_channels_do_is_kept_exactly(wide, faces):
    slim = build("slim_s48", HEADS)
    units = [unit for unit in slim.body if isinstance(unit, SlimUnit)]
    # All channels but as many as the slim network has are silent, at random places.
    with torch.no_grad():
        for unit, narrow in zip(
            (unit for unit in wide.body if isinstance(unit, RepVggUnit)), units, strict=True
        ):
            count = narrow.conv.out_channels
            silent = torch.randperm(unit.k3[0].out_channels)[count:]
            norms = [unit.k3[1], unit.k1[1], *([unit.id] if unit.id is not None else [])]
            for norm in norms:
                norm.weight[silent] = 0
                norm.bias[silent] = 0
    start_from_wide(slim, wide, faces)
    for head, z in logits(wide, faces).items():
        found = logits(slim, faces)[head]
        assert float((found - z).square().mean()) < 0.02 * float(z.var(0).mean())


def test_the_channels_that_tell_the_others_are_chosen():
    source = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    mixed = source @ np.float32([[1, 0.5, 0.2, 0.9], [0, 0.5, -0.3, 0.1], [0, 0, 0, 0.02]])
    samples = torch.from_numpy(np.hstack([source[:, :2], mixed, np.ones((500, 1), np.float32)]))
    chosen = most_telling(samples, 3)
    _, residual, *_ = np.linalg.lstsq(
        samples[:, chosen] - samples[:, chosen].mean(0), samples - samples.mean(0), rcond=None
    )
    assert residual.sum() < 1e-3
    assert 6 not in chosen  # it never changes, so it tells nothing


def test_least_squares_find_a_map_and_its_offset():
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    matrix, offset = torch.randn(4, 2), torch.tensor([3.0, -1.0])
    found = least_squares(x, x @ matrix + offset)
    torch.testing.assert_close(found, torch.cat([matrix, offset[None]]), atol=2e-3, rtol=2e-3)


def test_published_weights_survive_being_cut(shared: Path):
    from test_networks import first_private_test_faces

    weights = str(Path(__file__).parents[2] / "models" / "repvgg-s48.safetensors")
    faces = first_private_test_faces(shared, 500)[..., None]
    seven = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    heads = {"emotion": EMOTIONS, "fer2013": seven}
    slim, whole = build("slim_s48", heads), build("repvgg_s48", heads)
    load_weights(whole, weights)
    assert load_weights(slim, weights, np.ascontiguousarray(faces[:300])) == []
    rest = np.ascontiguousarray(faces[300:])
    same = logits(slim, rest)["emotion"].argmax(1) == logits(whole, rest)["emotion"].argmax(1)
    assert float(same.float().mean()) > 0.75


def test_a_run_of_the_wide_network_starts_the_slim_one(clip_faces: np.ndarray, tmp_path: Path):
    labeled = crying_and_laughing(clip_faces, 64)
    settings = {"size": 32, "epochs": 1, "batch": 16}
    train(labeled, tmp_path / "wide", Config(network="repvgg_s48", **settings))
    cut = Config(network="slim_s48", weights=str(tmp_path / "wide"), **settings)
    assert train(labeled, tmp_path / "slim", cut)["epochs"] == 1
    with pytest.raises(ModelError, match="--network slim_s48"):
        load_weights(build("repvgg_s48", HEADS), str(tmp_path / "slim"))
