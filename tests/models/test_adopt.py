"""Classifiers from elsewhere: wrapped, compared, refused in a sentence."""

from __future__ import annotations

import re

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto

from helpers.classifiers import LABELS, network, preparation_of
from mimika.apps.cli.main import run
from mimika.base.errors import MissingExtra, ModelError, OutputError, UsageError
from mimika.engines.agreement import probe
from mimika.labels.emotions import EMOTIONS
from mimika.models.adopt.adopt import adopt
from mimika.models.card import CARD_KEY, InputSpec
from mimika.models.find import model_path
from mimika.models.model import OnnxModel
from mimika.models.preprocessing import prepare
from mimika.schema.geometry import Box


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("color", ["rgb", "bgr", "gray"])
@pytest.mark.parametrize("softmax", [True, False])
def test_it_gives_what_the_network_gives_on_faces_prepared_by_hand(
    tmp_path, media, layout, color, softmax
):
    """OpenCV and NumPy prepare the picture here as a Keras or PyTorch user would."""
    import onnxruntime as ort

    channels = 1 if color == "gray" else 3
    mean, std = ((0.5,), (0.25,)) if channels == 1 else ((0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
    model = network(tmp_path / "m.onnx", layout=layout, channels=channels, softmax=softmax)
    done = adopt(
        model,
        tmp_path / "o.onnx",
        LABELS,
        preparation_of(layout=layout, color=color, mean=mean, std=std),
    )
    assert done.logits is not softmax

    picture = cv2.imread(str(media / "obama.jpg"))
    crop = cv2.resize(picture[100:220, 400:520], (32, 32), interpolation=cv2.INTER_AREA)
    code = {"rgb": cv2.COLOR_BGR2RGB, "gray": cv2.COLOR_BGR2GRAY}.get(color)
    by_hand = (crop if code is None else cv2.cvtColor(crop, code)).reshape(32, 32, channels)
    by_hand = ((by_hand / 255.0 - np.array(mean)) / np.array(std)).astype(np.float32)
    by_hand = by_hand.transpose(2, 0, 1) if layout == "nchw" else by_hand
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (raw,) = session.run(["answer"], {"picture": by_hand[None]})
    expected = raw if softmax else np.exp(raw) / np.exp(raw).sum()

    classifier = OnnxModel(tmp_path / "o.onnx", engine="cpu")
    assert classifier.card.input == InputSpec(32, 32, channels, "gray" if channels == 1 else "rgb")
    faces = prepare(picture, [Box(400, 100, 120, 120)], classifier.card.input, 0.0)
    assert classifier(faces) == pytest.approx(expected, abs=1e-4)
    assert expected.max() < 0.99  # so that a wrong order of channels or axes would show
    assert classifier(np.concatenate([faces] * 5)).shape == (5, 3)


def test_a_real_network_adopted_answers_like_the_default_model(tmp_path):
    """The default model without its preparation, softmax and card, adopted again."""
    whole = onnx.load(model_path("default"))
    nodes = whole.graph.node
    logits = next(node.input[0] for node in nodes if node.output[0] == "probabilities")
    # Where it standardizes each face: whatever a stranger's preparation adds or scales is undone.
    begin = next(node.input[0] for node in nodes if node.op_type == "ReduceMean")
    del whole.metadata_props[:]
    onnx.save(whole, tmp_path / "stranger.onnx")
    core = str(tmp_path / "core.onnx")
    onnx.utils.extract_model(str(tmp_path / "stranger.onnx"), core, [begin], [logits])
    preparation = preparation_of(
        width=48, height=48, layout="nchw", color="gray", mean=(0.5076,), std=(0.2550,)
    )
    done = adopt(tmp_path / "core.onnx", tmp_path / "o.onnx", EMOTIONS, preparation)
    assert done.logits
    assert {"happy", "sad"} <= set(done.predicted)
    faces = probe(("N", 48, 48, 1), "tensor(uint8)", 8)
    adopted, original = OnnxModel(tmp_path / "o.onnx"), OnnxModel(model_path("default"))
    assert adopted(faces) == pytest.approx(original(faces), abs=0.02)


@pytest.mark.parametrize("labels", [("Angry", "joy", "Sadness"), ("Angry", "hm", "Sadness")])
def test_labels_become_canonical_where_all_are_emotions(tmp_path, labels):
    done = adopt(network(tmp_path / "m.onnx"), tmp_path / "o.onnx", labels, preparation_of())
    known = "hm" not in labels
    assert done.card.labels == (("anger", "happy", "sad") if known else labels)
    assert bool(done.renamed) is known


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("m.h5", "keras.models.load_model"),
        ("m.keras", "format='onnx'"),
        ("m.tflite", "tf2onnx.convert --tflite"),
        ("m.pth", "torch.onnx.export"),
        ("m.safetensors", "torch.onnx.export"),
    ],
)
def test_other_formats_say_how_they_are_converted(tmp_path, name, words):
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(ModelError, match=re.escape(words)) as caught:
        adopt(path, tmp_path / "o.onnx", LABELS, preparation_of())
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_saved_model_folder_says_how_it_is_converted(tmp_path):
    folder = tmp_path / "saved_model"
    folder.mkdir()
    with pytest.raises(ModelError, match=r"folder without saved_model\.pb"):
        adopt(folder, tmp_path / "o.onnx", LABELS, preparation_of())
    (folder / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(ModelError, match="tf2onnx.convert --saved-model"):
        adopt(folder, tmp_path / "o.onnx", LABELS, preparation_of())


def test_float16_and_pixels_that_are_not_divided(tmp_path):
    model = network(tmp_path / "m.onnx", kind=TensorProto.FLOAT16)
    done = adopt(
        model, tmp_path / "o.onnx", LABELS, preparation_of(divide=1.0, mean=(127.5,), std=(127.5,))
    )
    assert done.difference < 0.01


def test_the_card_says_where_it_comes_from(tmp_path):
    model = network(tmp_path / "моя сеть.onnx")
    done = adopt(
        model,
        tmp_path / "o.onnx",
        LABELS,
        preparation_of(),
        name="mine",
        crop_margin=0.4,
        license="MIT",
        notes="Trained by me.",
    )
    card = OnnxModel(tmp_path / "o.onnx", engine="cpu").card
    assert card == done.card
    assert (card.name, card.labels, card.crop_margin, card.license) == ("mine", LABELS, 0.4, "MIT")
    assert card.notes == "Adopted from моя сеть.onnx. Trained by me."


def test_one_of_several_outputs(tmp_path):
    model = network(tmp_path / "m.onnx", outputs=2)
    with pytest.raises(UsageError, match="answer, features: choose that of the classes"):
        adopt(model, tmp_path / "o.onnx", LABELS, preparation_of())
    with pytest.raises(UsageError, match="no output 'z'"):
        adopt(model, tmp_path / "o.onnx", LABELS, preparation_of(), output_name="z")
    done = adopt(model, tmp_path / "o.onnx", LABELS, preparation_of(), output_name="answer")
    assert len(done.predicted) == 8


@pytest.mark.parametrize(
    ("made", "how", "says"),
    [
        ({"layout": "nchw"}, {}, "use --layout nchw"),
        ({}, {"layout": "nchw"}, "use --layout nhwc"),
        ({}, {"width": 64}, "give the --size"),
        ({}, {"color": "gray"}, "--color"),
        ({"batch": 3, "rigid": True}, {}, "free first axis"),
    ],
)
def test_what_was_said_is_held_against_the_file(tmp_path, made, how, says):
    model = network(tmp_path / "m.onnx", **made)
    with pytest.raises(ModelError, match=says) as caught:
        adopt(model, tmp_path / "o.onnx", LABELS, preparation_of(**how))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "o.onnx").exists()


@pytest.mark.parametrize(
    ("labels", "kind", "says"),
    [
        (("a", "b"), ModelError, "gives 3 values a face, and --classes has 2"),
        (("a", "b", "b"), UsageError, "different names"),
        (("a", "b", ""), UsageError, "none of them empty"),
    ],
)
def test_labels_that_do_not_fit(tmp_path, labels, kind, says):
    model = network(tmp_path / "m.onnx")
    with pytest.raises(kind, match=says):
        adopt(model, tmp_path / "o.onnx", labels, preparation_of())


def test_logits_called_probabilities(tmp_path):
    model = network(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="use --activation softmax"):
        adopt(model, tmp_path / "o.onnx", LABELS, preparation_of(), activation="none")


def test_a_file_that_is_adopted_already_or_no_network(tmp_path):
    with pytest.raises(ModelError, match="has a Mimika card already"):
        adopt(model_path("default"), tmp_path / "o.onnx", EMOTIONS, preparation_of())
    (tmp_path / "m.onnx").write_bytes(b"hello")
    with pytest.raises(ModelError, match="can load"):
        adopt(tmp_path / "m.onnx", tmp_path / "o.onnx", LABELS, preparation_of())
    model = network(tmp_path / "n.onnx")
    with pytest.raises(OutputError):
        adopt(model, tmp_path, LABELS, preparation_of())


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": (1.0, 2.0)},
        {"std": (0.0,)},
        {"std": (-1.0,)},
        {"divide": 0.0},
        {"mean": (float("nan"),)},
    ],
)
def test_numbers_that_make_no_sense(wrong):
    with pytest.raises(UsageError):
        preparation_of(**wrong)


def test_without_onnx_it_says_what_to_install(tmp_path, monkeypatch):
    import sys

    model = network(tmp_path / "m.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"pip install .*\[adopt\]"):
        adopt(model, tmp_path / "o.onnx", LABELS, preparation_of())


def test_the_command_line_from_file_to_picture(tmp_path, media, capsys):
    network(tmp_path / "m.onnx")
    labels = tmp_path / "labels.txt"
    labels.write_text("anger\r\nhappy\r\nsad\r\n\r\n", encoding="utf-8-sig")
    out = tmp_path / "o.onnx"
    line = ["adopt", str(tmp_path / "m.onnx"), "--classes", str(labels), "--size", "32x32"]
    assert run([*line, "-o", str(out)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "m, 3 classes, 32x32 rgb, logits, a softmax was added" in printed
    assert CARD_KEY in {entry.key for entry in onnx.load(out).metadata_props}
    assert run(["image", str(media / "obama.jpg"), "--model", str(out)]) == 0
    assert any(label in capsys.readouterr().out for label in LABELS)


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        (["--size", "128x"], 2, "such as 1280x720"),
        (["--size", "0x32"], 2, "such as 1280x720"),
        (["--mean", "a"], 2, "--mean is one number"),
        (["--classes", "none.txt"], 3, "one a line"),
        (["--classes", "happy"], 4, "3 values"),
    ],
)
def test_one_sentence_and_an_exit_code(tmp_path, changed, code, says, capsys):
    network(tmp_path / "m.onnx")
    options = {"--classes": "anger,happy,sad", "--size": "32x32", "-o": str(tmp_path / "o.onnx")}
    options |= {changed[0]: changed[1]}
    words = [word for pair in options.items() for word in pair]
    assert run(["adopt", str(tmp_path / "m.onnx"), *words]) == code
    printed = " ".join(capsys.readouterr().err.split())
    assert says in printed
    assert "Traceback" not in printed
