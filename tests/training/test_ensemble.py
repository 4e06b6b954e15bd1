"""Several networks in one model file: the mean of what they say of the same face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from mimika.apps.cli.main import run
from mimika.base.errors import ModelError
from mimika.base.softmax import softmax
from mimika.models.calibration import Calibration
from mimika.models.card import InputSpec
from mimika.models.find import model_path
from mimika.models.model import OnnxModel
from mimika.models.preprocessing import fit
from mimika.training.networks import build, input_spec
from mimika.training.networks.ensemble import Ensemble, area_weights, load_ensemble
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.weights import load_network, notes_of
from mimika.training.quantization import static
from mimika.training.quantization.graph import separate_networks
from mimika.training.quantization.static import depthwise_networks, quantize
from mimika.training.recalibration import recalibrate
from mimika.training.trainer.checkpoint import save_tensors

MODELS = Path(__file__).parents[2] / "models"
LARGE = MODELS / "mobilefacenet-112-second.safetensors"
SMALL = MODELS / "slim-s48.safetensors"


def said(path: Path, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What PyTorch's network says of pictures that are cut to its own input."""
    network, _ = load_network(path)
    faces = np.stack([fit(picture, network.spec) for picture in pictures])
    with torch.no_grad():
        found = network(to_pixels(torch.from_numpy(faces)))
    return {
        head: softmax(rows.numpy()) if head in network.classes else rows.numpy()
        for head, rows in found.items()
    }


@pytest.fixture(scope="module")
def mean_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("mean") / "mean.onnx"
    line = ["export", str(LARGE), "--with", str(SMALL), "--share", "0.4", "-o", str(path)]
    assert run([*line, "--temperature", "0.8", "--prior-power", "0.5"]) == 0
    return path


@pytest.fixture(scope="module")
def mean(mean_file) -> OnnxModel:
    return OnnxModel(mean_file, engine="cpu")


def test_the_file_gives_the_mean_of_what_each_network_says_of_its_own_crop(mean, clip_faces):
    # 224 pixels: the shipped cuts are twice as fine as the larger input, so both shrink.
    pictures = [cv2.resize(picture, (224, 224)) for picture in clip_faces[::12]]
    large, small = said(LARGE, pictures), said(SMALL, pictures)
    crops = np.stack([fit(picture, mean.card.input) for picture in pictures])
    found = mean.predict(crops, tuple(mean.card.outputs))
    shares = np.array(load_network(LARGE)[1]["shares"]["emotion"])
    plain = 0.6 * large["emotion"] + 0.4 * small["emotion"]
    expected = softmax(np.log(plain) / 0.8 - 0.5 * np.log(np.maximum(shares, 1e-4)))
    assert expected.std(0).max() > 0.1
    # The small crop is rounded to whole numbers before it is shrunk, and not after.
    second = 0.6 * large["fer2013"] + 0.4 * small["fer2013"]
    # Only one of the two says whether there is a face.
    assert "presence" not in large
    wanted = {"emotion": expected, "fer2013": second, "presence": small["presence"]}
    assert found.keys() == wanted.keys()
    for output, rows in wanted.items():
        np.testing.assert_allclose(found[output], rows, atol=0.05)
        assert np.abs(found[output] - rows).mean() < 0.004


def test_the_card_says_what_it_is_made_of(mean):
    card = mean.card
    assert card.input == InputSpec(112, 112, 1, "gray")
    assert card.name == "models+models"
    assert "0.6 x mobilefacenet at 112x112, 0.4 x slim_s48 at 48x48" in card.notes
    assert card.metrics == {}


@pytest.mark.parametrize("after", [48, 64, 96, 112])
def test_a_view_shrinks_as_the_pipeline_does(after, clip_faces):
    picture = cv2.resize(clip_faces[0], (112, 112))[:, :, 0]
    rows = area_weights(112, after)
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)
    expected = cv2.resize(picture, (after, after), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(rows @ picture @ rows.T, expected, atol=0.51)


def test_a_gray_network_sees_gray_of_a_color_picture(clip_faces):
    heads = {"emotion": ("a", "b", "c")}
    color = build("custom_cnn", heads, InputSpec(64, 64, 3, "rgb")).eval()
    gray = build("custom_cnn", heads, input_spec("custom_cnn")).eval()
    both = Ensemble([gray, color], [0.5, 0.5]).eval()
    assert both.spec == InputSpec(64, 64, 3, "rgb")
    crop = fit(clip_faces[0], both.spec)
    seen = both.views[0](to_pixels(torch.from_numpy(crop[np.newaxis])))[0, 0].numpy() * 255
    own = fit(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), gray.spec)[:, :, 0]
    np.testing.assert_allclose(seen, own, atol=1.01)


def test_shares_of_classes_are_averaged_and_the_rest_is_the_first(tmp_path):
    network, notes = load_network(SMALL)
    path = tmp_path / "other.safetensors"
    turned = {head: rows[::-1] for head, rows in notes["shares"].items()}
    save_tensors(path, network.state_dict(), {**notes, "shares": turned})
    own = np.array(notes["shares"]["emotion"])
    _, found = load_ensemble([SMALL, path], [0.25])
    np.testing.assert_allclose(found["shares"]["emotion"], 0.75 * own + 0.25 * own[::-1])


def test_the_networks_of_a_file_are_told_apart(mean_file):
    graph = onnx.load(mean_file)
    large, small = separate_networks(graph)
    assert len(small) == 14
    assert len(large) == sum(node.op_type == "Conv" for node in graph.graph.node) - 14
    assert depthwise_networks(mean_file) == large
    assert depthwise_networks(model_path("fast")) == []


@pytest.mark.slow
def test_each_network_is_quantized_or_left_by_itself(mean, mean_file, clip_faces, tmp_path):
    large = depthwise_networks(mean_file)
    crops = np.stack([fit(picture, mean.card.input) for picture in clip_faces[:64]])
    out = tmp_path / "int8.onnx"
    quantize(mean_file, crops, out, keep_float=large)
    found, expected = OnnxModel(out, engine="cpu")(crops), mean(crops)
    assert (found.argmax(1) == expected.argmax(1)).mean() > 0.95
    assert np.abs(found - expected).max() < 0.1
    values = {each.name: each for each in onnx.load(out).graph.initializer}
    steps = [each for each in values.values() if each.data_type == onnx.TensorProto.INT8]
    weights = [list(each.dims) for each in steps if len(each.dims) == 4]
    assert len(weights) == 14
    # Its first layer takes four neighbors of 48 pixels as channels, not of the file's 112.
    assert [dims[1:] for dims in weights if dims[1] == 4] == [[4, 3, 3]]


@pytest.mark.parametrize(
    ("count", "side", "batches"), [(1024, 48, 32), (1024, 112, 4), (96, 224, 1)]
)
def test_ranges_of_large_faces_are_taken_part_by_part(count, side, batches):
    faces = np.broadcast_to(np.uint8(0), (count, side, side, 1))
    assert static._batches_at_once(faces) == batches


def test_a_file_of_which_nothing_would_be_quantized_is_refused(mean_file, tmp_path):
    crops = np.zeros((64, 112, 112, 1), np.uint8)
    crops[0] = 1
    everything = [name for each in separate_networks(onnx.load(mean_file)) for name in each]
    with pytest.raises(ModelError, match="would stay in float"):
        quantize(mean_file, crops, tmp_path / "int8.onnx", keep_float=everything)
    assert list(tmp_path.iterdir()) == []


def test_calibrating_is_of_the_mean(mean, mean_file, clip_faces, tmp_path):
    own = mean.card.calibration
    assert (own.temperature, own.prior_power) == (0.8, 0.5)
    np.testing.assert_allclose(own.shares, load_network(LARGE)[1]["shares"]["emotion"])
    other = Calibration(temperature=1.6, shares=own.shares)
    recalibrate(mean_file, tmp_path / "other.onnx", other)
    crops = np.stack([fit(picture, mean.card.input) for picture in clip_faces[::24]])
    plain = (np.log(mean(crops)) + own.offset) * 0.8
    expected = softmax(other.adjusted(plain))
    found = OnnxModel(tmp_path / "other.onnx", engine="cpu")(crops)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.fixture
def other_classes(tmp_path) -> Path:
    network = build("custom_cnn", {"emotion": ("bored", "awake")})
    notes = {**notes_of(network), "shares": {"emotion": [0.5, 0.5]}, "data": "", "crop_margin": 0}
    save_tensors(tmp_path / "other.safetensors", network.state_dict(), notes)
    return tmp_path / "other.safetensors"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--with", "OTHER"], 4, "differ in their classes"),
        (["--with", "none.safetensors"], 4, "There is no file of weights"),
        (["--with", "SMALL", "--share", "1"], 2, "Give --share once for each --with"),
        (["--with", "SMALL", "--share", "0.2", "--share", "0.2"], 2, "Give --share once"),
        (["--share", "0.2"], 2, "Give --share once for each --with"),
    ],
)
def test_one_sentence(words, code, sentence, other_classes, tmp_path, capsys):
    places = {"OTHER": str(other_classes), "SMALL": str(SMALL)}
    out = tmp_path / "mean.onnx"
    line = ["export", str(SMALL), *(places.get(word, word) for word in words), "-o", str(out)]
    assert run(line) == code
    told = " ".join(capsys.readouterr().err.split())
    assert sentence in told
    assert "Traceback" not in told
    assert not out.exists()
