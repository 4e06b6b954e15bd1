from __future__ import annotations

import csv
import pickle
from pathlib import Path
from urllib.error import URLError

import cv2
import numpy as np
import pytest
import torch

from mimika.base.errors import ModelError, UsageError
from mimika.detection import open_detector
from mimika.labels.emotions import EMOTIONS
from mimika.models.preprocessing import fit, square_crop
from mimika.training.networks import NETWORKS, build, input_spec
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.repvgg import fold
from mimika.training.networks.weights import load_weights, read_tensors

FER2013 = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")
HEADS = {"emotion": EMOTIONS, "fer2013": FER2013}
WEIGHTS = Path(__file__).parents[2] / "models" / "repvgg-s48-first.safetensors"


@pytest.mark.parametrize("name", [*NETWORKS, "timm:mobilenetv3_small_050"])
def test_every_network_judges_every_head(name: str) -> None:
    spec = input_spec(name, size=48)
    network = build(name, HEADS, spec).eval()
    with torch.no_grad():
        found = network(torch.rand(2, spec.channels, 48, 48))
    assert {head: tuple(z.shape) for head, z in found.items()} == {
        "emotion": (2, 9),
        "fer2013": (2, 7),
    }


def test_own_inputs_are_those_of_the_original_work() -> None:
    assert input_spec("vgg19").height == 128
    assert input_spec("vgg19").color == "rgb"
    assert input_spec("repvgg_s48").height == 48
    assert input_spec("repvgg_s48").color == "gray"


def test_repvgg_s48_has_the_published_size() -> None:
    assert build("repvgg_s48", HEADS).parameter_count == 3_143_024


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("alexnet", {}, "choose custom_cnn"),
        ("vgg19", {"color": "gray"}, "three channels"),
        ("custom_cnn", {"size": 16}, "too small"),
        ("custom_cnn", {"color": "sepia"}, "auto, gray or rgb"),
    ],
)
def test_impossible_networks_are_refused(name: str, options: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        input_spec(name, **options)


def test_unknown_timm_network_names_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean .*mobilenetv3_small"):
        build("timm:netv3_small", HEADS)
    with pytest.raises(UsageError, match="timm cannot make resnet18.nonsense"):
        build("timm:resnet18.nonsense", HEADS)
    with pytest.raises(UsageError, match="timm knows no network"):
        build("timm:no_such_net", HEADS)


def test_timm_network_with_a_fixed_size_says_which() -> None:
    with pytest.raises(UsageError, match="--size 224"):
        build("timm:vit_tiny_patch16_224", HEADS, input_spec("timm:vit_tiny_patch16_224"))


def test_folding_changes_nothing() -> None:
    torch.manual_seed(0)
    network = build("repvgg_s48", HEADS)
    network.train()
    for _ in range(3):  # gives batch normalization statistics that are not 0 and 1
        network(torch.rand(8, 1, 48, 48))
    network.eval()
    folded = fold(network)
    faces = torch.rand(4, 1, 48, 48)
    with torch.no_grad():
        for head, z in network(faces).items():
            torch.testing.assert_close(folded(faces)[head], z, atol=1e-4, rtol=1e-4)
    assert folded.parameter_count < network.parameter_count


def first_private_test_faces(shared: Path, count: int) -> np.ndarray:
    with (shared / "data" / "ferplus" / "labels.csv").open(newline="") as file:
        first = next(
            k for k, row in enumerate(csv.DictReader(file)) if row["usage"] == "PrivateTest"
        )
    sheet = cv2.imread(str(shared / f"data/ferplus/faces-{first // 4000:02}.webp"), 0)
    cells = sheet.reshape(-1, 48, sheet.shape[1] // 48, 48).transpose(0, 2, 1, 3)
    return cells.reshape(-1, 48, 48)[first % 4000 :][:count]


def test_published_weights_give_the_published_probabilities(shared: Path) -> None:
    network = build("repvgg_s48", HEADS)
    assert load_weights(network, str(WEIGHTS)) == []
    with (shared / "models" / "expected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    faces = first_private_test_faces(shared, len(rows))
    with torch.no_grad():
        found = network.eval()(to_pixels(torch.from_numpy(faces.copy())[..., None]))
    for column in (name for name in rows[0] if name != "fer_index"):
        emotion = column.split("_")[1]
        head = "emotion" if column.startswith("h9") else "fer2013"
        p = found[head].softmax(1)[:, network.classes[head].index(emotion)]
        expected = torch.tensor([float(row[column]) for row in rows])
        torch.testing.assert_close(p, expected, atol=1e-3, rtol=0)


def test_imagenet_weights_from_a_file(shared: Path) -> None:
    network = build("mobilenet_v2", HEADS)
    before = network.body.features[0][0].weight.clone()
    file = shared / "weights" / "mobilenet_v2-b0353104.pth"
    assert load_weights(network, str(file)) == []
    assert not torch.equal(before, network.body.features[0][0].weight)
    with pytest.raises(ModelError, match="does not fit resnet50"):
        load_weights(build("resnet50", HEADS), str(file))


def test_weights_that_cannot_be_downloaded_say_which_file_goes_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", unreachable)
    with pytest.raises(ModelError) as caught:
        load_weights(build("vgg19", HEADS), "imagenet")
    assert "vgg19-dcbb9e9d.pth" in str(caught.value)
    assert str(tmp_path / "hub" / "checkpoints") in str(caught.value)


def test_no_imagenet_weights_for_own_networks() -> None:
    with pytest.raises(UsageError, match="--weights none"):
        load_weights(build("custom_cnn", HEADS), "imagenet")


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return self.mark.touch, ()


@pytest.mark.parametrize("name", ["weights.pth", "weights.pkl", "weights.bin"])
def test_a_pickle_is_never_unpickled(tmp_path: Path, name: str) -> None:
    mark, file = tmp_path / "exploded", tmp_path / name
    file.write_bytes(pickle.dumps({"body": Bomb(mark)}))
    with pytest.raises(ModelError, match="not a file of plain tensors"):
        read_tensors(file)
    torch.save({"body": Bomb(mark)}, file)
    with pytest.raises(ModelError, match="not a file of plain tensors"):
        read_tensors(file)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.safetensors", b"half a fi", "not a whole safetensors file"),
        ("a.pth", b"", "not a file of plain tensors"),
        ("a.onnx", b"onnx", "--teacher"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=words):
        read_tensors(tmp_path / name)
    with pytest.raises(ModelError, match="no file of weights"):
        read_tensors(tmp_path / "missing.pth")


def test_a_gray_network_takes_a_color_network_s_first_layer() -> None:
    from mimika.training.networks.weights import _as_body

    spec = input_spec("timm:resnet18", size=48, color="gray")
    network = build("timm:resnet18", {"emotion": EMOTIONS}, spec)
    color = {"conv1.weight": torch.rand(64, 3, 7, 7)}
    laid = _as_body(network, color)
    torch.testing.assert_close(laid["body.conv1.weight"], color["conv1.weight"].sum(1, True))


def test_mobilefacenet_is_the_published_network(shared: Path) -> None:
    file = shared / "weights" / "mobilefacenet-foamliu.pt"
    tensors, _ = read_tensors(file)
    network = build("mobilefacenet", HEADS, input_spec("mobilefacenet", size=112, color="rgb"))
    wanted = network.body.state_dict()
    # Its last layer is linear, as the heads are, and is left out.
    assert {key.split(".")[0] for key in tensors.keys() - wanted.keys()} == {"conv3", "bn"}
    assert load_weights(network, str(file)) == []
    for key, tensor in network.body.state_dict().items():
        assert torch.equal(tensor, tensors[key]), key


@pytest.mark.parametrize(("side", "color"), [(112, "rgb"), (64, "rgb"), (64, "gray"), (48, "gray")])
def test_mobilefacenet_s_weights_know_people_at_any_size(
    shared: Path, side: int, color: str
) -> None:
    """Of 40 people, smiling ones are told by their neutral faces: at least two thirds."""
    spec = input_spec("mobilefacenet", size=side, color=color)
    network = build("mobilefacenet", HEADS, spec).eval()
    load_weights(network, str(shared / "weights" / "mobilefacenet-foamliu.pt"))
    detector = open_detector("yunet")
    found = []
    for mood in ("neutral", "smiling"):
        crops = []
        for file in sorted((shared / "data" / "london").glob(f"*-{mood}.jpg"))[:40]:
            picture = cv2.imread(str(file))
            crops.append(fit(square_crop(picture, detector.detect(picture).boxes[0], 0.0), spec))
        with torch.no_grad():
            faces = to_pixels(torch.from_numpy(np.stack(crops)))
            found.append(network.body((faces - network.mean) / network.std))
    alike = torch.nn.functional.cosine_similarity(found[0][None], found[1][:, None], dim=2)
    right = (alike.argmax(1) == torch.arange(40)).float().mean()
    assert right > 0.66


def test_weights_of_other_networks_do_not_fit_mobilefacenet(shared: Path) -> None:
    with pytest.raises(ModelError, match="does not fit mobilefacenet"):
        load_weights(
            build("mobilefacenet", HEADS), str(shared / "weights" / "mobilenet_v2-b0353104.pth")
        )
