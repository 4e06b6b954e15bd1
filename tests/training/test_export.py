from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mimika.base.errors import ModelError
from mimika.labels.emotions import EMOTIONS
from mimika.models.calibration import Calibration
from mimika.models.model import OnnxModel
from mimika.models.preprocessing import fit
from mimika.schema.outputs import Output
from mimika.training import export as exporting
from mimika.training.export import Origin, export
from mimika.training.networks import FaceNetwork, build, input_spec
from mimika.training.networks.face_network import to_pixels

FER2013 = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def lively(name: str, pictures: np.ndarray, size: int = 0) -> tuple[FaceNetwork, np.ndarray]:
    """A network whose random weights give probabilities that differ from face to face."""
    torch.manual_seed(0)
    spec = input_spec(name, size=size)
    network = build(name, {"emotion": EMOTIONS, "fer2013": FER2013}, spec)
    faces = np.stack([fit(picture, spec) for picture in pictures[::12]])
    pixels = to_pixels(torch.from_numpy(faces))
    with torch.no_grad():
        # Statistics of these very faces, or the signal fades away in a deep network.
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
        network.train()
        for _ in range(2):
            network(pixels)
        network.eval()
        features = network.body((pixels - network.mean) / network.std)
        center, spread = features.mean(0), features.std(0).mean()
        for head in network.heads.values():
            head.weight.normal_(0, float(1 / (spread * features.shape[1] ** 0.5)))
            head.bias.copy_(-head.weight @ center)
    return network, faces


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("custom_cnn", 0),
        ("repvgg_s48", 0),
        ("timm:mobilenetv3_small_050", 64),
        ("mobilenet_v2", 64),
        pytest.param("mobilenet_v2", 128, marks=pytest.mark.slow),
        pytest.param("resnet50", 128, marks=pytest.mark.slow),
        pytest.param("vgg19", 128, marks=pytest.mark.slow),
        pytest.param("timm:vit_tiny_patch16_224", 224, marks=pytest.mark.slow),
    ],
)
def test_onnx_equals_pytorch(name: str, size: int, clip_faces: np.ndarray, tmp_path: Path) -> None:
    network, faces = lively(name, clip_faces, size)
    path = tmp_path / "model.onnx"
    calibration = Calibration(temperature=1.4, prior_power=0.5, shares=tuple(np.arange(1, 10) / 45))
    card, worst = export(network, path, Origin(name="x"), calibration=calibration, faces=faces)
    assert worst <= 1e-4
    classifier = OnnxModel(path)
    assert classifier.card == card
    with torch.no_grad():
        logits = network(torch.from_numpy(faces).permute(0, 3, 1, 2).float() / 255)
    shares = torch.tensor(calibration.shares)
    main = (logits["emotion"] / 1.4).softmax(1) / shares**0.5
    main = main / main.sum(1, keepdim=True)
    further = logits["fer2013"].softmax(1)
    # The comparison means something only where probabilities vary.
    assert main.std(0).max() > 0.02
    for size_of_batch in (1, 3, len(faces)):
        part = faces[:size_of_batch]
        found = classifier.predict(part, ("emotion", "fer2013"))
        np.testing.assert_allclose(found["emotion"], main[:size_of_batch], atol=1e-4)
        np.testing.assert_allclose(found["fer2013"], further[:size_of_batch], atol=1e-4)


def test_card_says_what_was_done(tmp_path: Path) -> None:
    pose = Output(
        name="head_pose",
        kind="angles",
        labels=("yaw", "pitch", "roll"),
        tensor="head_pose",
        minimum=-180.0,
        maximum=180.0,
    )
    heads = {"emotion": ("a", "b"), "fer2013": FER2013, "head_pose": pose}
    network = build("custom_cnn", heads)
    origin = Origin(name="mine", version="3", license="MIT", training_data="faces", notes="A note.")
    export(
        network,
        tmp_path / "m.onnx",
        origin,
        calibration=Calibration(temperature=2, prior_power=0.5, shares=(0.5, 0.5)),
    )
    card = OnnxModel(tmp_path / "m.onnx").card
    assert (card.name, card.version, card.license) == ("mine", "3", "MIT")
    assert card.labels == ("a", "b")
    assert card.outputs["fer2013"].labels == FER2013
    assert card.outputs["fer2013"].tensor == "probabilities_fer2013"
    assert card.outputs["head_pose"] == pose
    assert card.notes == "A note."
    assert card.calibration == Calibration(temperature=2, prior_power=0.5, shares=(0.5, 0.5))
    assert "temperature 2.000" in card.calibration.describe()
    assert "power 0.5" in card.calibration.describe()


def test_a_file_that_differs_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip_faces: np.ndarray
) -> None:
    def wrong_fold(_: FaceNetwork) -> FaceNetwork:
        other, _ = lively("custom_cnn", clip_faces)
        with torch.no_grad():
            other.heads["emotion"].bias.add_(torch.linspace(0, 1, 9))
        return other

    network, _ = lively("custom_cnn", clip_faces)
    monkeypatch.setattr(exporting, "fold", wrong_fold)
    with pytest.raises(ModelError, match="differs from PyTorch"):
        export(network, tmp_path / "m.onnx", Origin(name="x"))
    assert list(tmp_path.iterdir()) == []


def test_the_network_is_left_as_it_was(tmp_path: Path) -> None:
    network = build("repvgg_s48", {"emotion": ("a", "b")}).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    export(network, tmp_path / "m.onnx", Origin(name="x"))
    assert network.training
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_a_standardizing_network_says_the_same_of_dim_and_pale_faces(
    clip_faces: np.ndarray, tmp_path: Path
) -> None:
    network, faces = lively("custom_cnn", clip_faces)
    network.standardizes = True
    export(network, tmp_path / "model.onnx", Origin(name="x"), faces=faces)
    model = OnnxModel(tmp_path / "model.onnx", engine="cpu")
    bright = model(faces)
    for changed in (faces * 0.3, faces * 0.3 + 150):
        # Steps of 1/255 are coarse where it is dark.
        np.testing.assert_allclose(model(changed.astype(np.uint8)), bright, atol=0.12)
    network.standardizes = False
    export(network, tmp_path / "plain.onnx", Origin(name="x"), faces=faces)
    plain = OnnxModel(tmp_path / "plain.onnx", engine="cpu")
    moved = np.abs(plain((faces * 0.3).astype(np.uint8)) - plain(faces)).max()
    assert moved > 0.3
    blank = np.full_like(faces[:1], 90)
    assert np.isfinite(model(blank)).all()
