"""Int8 against float on real faces, and what is refused."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from mimika.apps.cli.main import run
from mimika.base.errors import InputError, ModelError, OutputError
from mimika.models.card import INPUT_NAME
from mimika.models.find import model_path
from mimika.models.model import OnnxModel
from mimika.training.finished_run import export_run
from mimika.training.quantization import checked
from mimika.training.quantization.checked import quantize_checked
from mimika.training.quantization.static import quantize

ROOT = Path(__file__).parents[3]
NINE = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
WORDS = ("neutral", "happy", "surprise", "sad", "anger", "disgust", "fear", "contempt")


@dataclass
class Split:
    pictures: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def faces(self, spec):
        assert (spec.height, spec.width, spec.channels) == (48, 48, 1)
        return self.pictures


@dataclass
class Data:
    classes: tuple[str, ...]
    splits: dict[str, Split]
    name: str = "memory"


@pytest.fixture(scope="session")
def float_model(tmp_path_factory) -> Path:
    """The default model before it was quantized."""
    path = tmp_path_factory.mktemp("float") / "float.onnx"
    export_run(ROOT / "models" / "repvgg-s48.safetensors", path, prior_power=0.5)
    return path


@pytest.fixture(scope="session")
def valid(shared: Path) -> Split:
    """The first 500 PublicTest faces with a clear majority."""
    with (shared / "data" / "ferplus" / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    pictures, labels, sheets = [], [], {}
    for place, row in enumerate(rows):
        votes = np.array([int(row[name]) for name in NINE])
        if row["usage"] != "PublicTest" or votes.max() <= 5:
            continue
        number, cell = divmod(place, 4000)
        if number not in sheets:
            sheet = shared / "data" / "ferplus" / f"faces-{number:02}.webp"
            sheets[number] = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
        y, x = 48 * (cell // 50), 48 * (cell % 50)
        pictures.append(sheets[number][y : y + 48, x : x + 48, np.newaxis])
        labels.append(int(votes.argmax()))
        if len(labels) == 500:
            break
    return Split(np.stack(pictures), np.array(labels))


@pytest.fixture
def data(valid) -> Data:
    return Data(WORDS, {"valid": valid})


def accuracy(model: Path, split: Split) -> float:
    classifier = OnnxModel(model, engine="cpu")
    columns = [classifier.card.labels.index(word) for word in WORDS]
    found = classifier(split.pictures)[:, columns].argmax(1)
    return float((found == split.labels).mean())


def test_the_default_model_in_int8_is_as_good_as_in_float(float_model, valid):
    before, after = accuracy(float_model, valid), accuracy(model_path("default"), valid)
    assert before > 0.85
    assert after >= before - 0.01
    exact = OnnxModel(float_model, engine="cpu")(valid.pictures)
    found = OnnxModel(model_path("default"), engine="cpu")(valid.pictures)
    assert (found.argmax(1) == exact.argmax(1)).mean() >= 0.96
    # Products that saturate move single probabilities by up to 0.8.
    assert np.abs(found - exact).max() < 0.5


@pytest.mark.parametrize("bits", [7, 8])
def test_quantizing_keeps_the_accuracy(float_model, data, tmp_path, bits):
    out = tmp_path / "int8.onnx"
    done = quantize_checked(
        float_model, data, out, max_drop=1.0, weight_bits=bits, calibration_faces=128
    )
    assert done.faces == 500
    assert done.before.accuracy == pytest.approx(accuracy(float_model, data.splits["valid"]))
    assert done.after.accuracy == pytest.approx(accuracy(out, data.splits["valid"]))
    assert done.after.accuracy >= done.before.accuracy - 0.01
    assert done.agreement >= 0.94
    assert done.after.size_mb < done.before.size_mb / 3
    card = OnnxModel(out, engine="cpu").card
    assert card.labels == OnnxModel(float_model, engine="cpu").card.labels
    assert "int8" in card.notes
    assert ("7-bit" in card.notes) is (bits == 7)
    weights = [
        onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(out).graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 4
    ]
    largest = max(int(np.abs(w.astype(int)).max()) for w in weights)
    assert len(weights) == 14
    assert largest <= 64 if bits == 7 else largest > 64


def test_a_loss_that_is_not_allowed_writes_nothing(float_model, data, tmp_path, monkeypatch):
    def ruin(model, faces, output, *, keep_float=(), weight_bits=7):
        """Int8 whose last convolution has lost its weights: useless."""
        quantize(model, faces[:64], output, keep_float=keep_float)
        graph = onnx.load(output)
        *_, last = (
            tensor
            for tensor in graph.graph.initializer
            if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 4
        )
        last.raw_data = bytes(len(last.raw_data))
        onnx.save(graph, output)

    monkeypatch.setattr(checked, "quantize", ruin)
    order = [node.name for node in onnx.load(float_model).graph.node if node.op_type == "Conv"]
    monkeypatch.setattr(checked, "sensitive_layers", lambda *_: order)
    said = []
    with pytest.raises(ModelError, match=r"int8 loses .* nothing was written") as caught:
        quantize_checked(float_model, data, tmp_path / "o.onnx", say=said.append)
    assert "2 of 14 layers in float" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert [line for line in said if "suffer most" in line]


def test_layers_that_suffer_stay_in_float(float_model, data, tmp_path):
    out = tmp_path / "o.onnx"
    names = [node.name for node in onnx.load(float_model).graph.node if node.op_type == "Conv"]
    faces = data.splits["valid"].pictures[:64]
    quantize(float_model, faces, out, keep_float=names[:2])
    graph = onnx.load(out).graph
    kept = {tensor.name for tensor in graph.initializer if tensor.data_type == 1}
    kernels = [node.input[1] for node in onnx.load(float_model).graph.node if node.name in names]
    assert set(kernels[:2]) <= kept
    assert kernels[2] not in kept
    with_floats = OnnxModel(out, engine="cpu")(faces)
    assert with_floats.shape == (64, 9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: Split(s.pictures[:63], s.labels[:63]), "needs 64 validation faces .* has 63"),
        (lambda s: Split(s.pictures, s.labels * 0), "all of one class|of one class, neutral"),
        (lambda s: Split(np.repeat(s.pictures[:1], 500, 0), s.labels), "same picture"),
    ],
)
def test_unfit_data_is_one_sentence(float_model, valid, tmp_path, change, says):
    out = tmp_path / "o.onnx"
    with pytest.raises(InputError, match=says) as caught:
        quantize_checked(float_model, Data(WORDS, {"valid": change(valid)}), out)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_classes_that_the_model_does_not_know(float_model, valid, tmp_path):
    cats = Data(("cat", "dog", *WORDS[2:]), {"valid": valid})
    with pytest.raises(InputError, match="does not know cat, dog"):
        quantize_checked(float_model, cats, tmp_path / "o.onnx")


def test_a_model_in_int8_is_not_quantized_again(data, tmp_path):
    with pytest.raises(ModelError, match="quantized already"):
        quantize_checked(model_path("default"), data, tmp_path / "o.onnx")


def test_a_place_that_cannot_be_written_is_said_before_the_work(float_model, data, tmp_path):
    said = []
    with pytest.raises(OutputError):
        quantize_checked(float_model, data, tmp_path, say=said.append)
    assert said == []


def test_the_command_line(float_model, valid, tmp_path, monkeypatch, capsys):
    """A folder of pictures, through `mimika quantize` to `mimika models`."""
    monkeypatch.setenv("MIMIKA_CACHE", str(tmp_path / "cache"))
    some = zip(valid.pictures[:170], valid.labels[:170], strict=True)
    for number, (picture, label) in enumerate(some):
        for split in ("train", "valid"):
            if (split == "train") is (number < 50):
                folder = tmp_path / "data" / split / WORDS[label]
                folder.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / f"{number}.png"), picture)
    out = tmp_path / "int8.onnx"
    line = ["quantize", str(float_model), str(tmp_path / "data"), "-o", str(out)]
    assert run([*line, "--max-drop", "3", "--crop", "none", "--skip-bad"]) == 0
    said = capsys.readouterr().out
    assert "of 120 validation faces right" in said
    assert "Collecting" not in said
    assert OnnxModel(out, engine="cpu").card.input.height == 48
    feeds = onnx.load(out).graph.input[0].name
    assert feeds == INPUT_NAME


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (["default", "OUT", "-o", "OUT/x.onnx", "--max-drop", "-1"], 2, "--max-drop. Must be >= 0"),
        (["OUT/none.onnx", "OUT", "-o", "OUT/x.onnx"], 4, "There is no model"),
        (["default", "OUT/none", "-o", "OUT/x.onnx"], 3, "none"),
    ],
)
def test_one_sentence_and_an_exit_code(line, code, says, tmp_path, capsys):
    assert run(["quantize", *(part.replace("OUT", str(tmp_path)) for part in line)]) == code
    said = " ".join(capsys.readouterr().err.split())
    assert says in said
    assert "Traceback" not in said
