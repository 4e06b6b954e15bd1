"""Boxes without a face: a further output tells them from faces."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from helpers.faces_in_memory import crying_and_laughing
from mimika.base.errors import InputError
from mimika.models.card import InputSpec
from mimika.models.model import OnnxModel
from mimika.schema.outputs import PRESENCE_OUTPUT
from mimika.training.config import Config
from mimika.training.no_faces import SHARE, VALIDATING, open_no_faces, with_no_faces
from mimika.training.run import train
from mimika.training.trainer.loss import FaceLoss, LossSettings
from mimika.training.training_arrays import make_arrays

BOXES = 40


@pytest.fixture(scope="module")
def stripes(tmp_path_factory):
    """Gray stripes of many widths and directions, which nobody takes for faces."""
    folder = tmp_path_factory.mktemp("no-faces")
    across = np.arange(48)
    for number in range(BOXES):
        angle, length = number * 0.7, 4 + number % 9
        along = across[:, None] * np.sin(angle) + across[None] * np.cos(angle)
        picture = (128 + 100 * np.sin(2 * np.pi * along / length)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def finished(clip_faces, stripes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "presence"
    config = Config(
        epochs=6, batch=16, size=32, augment="none", warmup=0, ema=0.9, no_faces=str(stripes)
    )
    train(crying_and_laughing(clip_faces, 64), folder, config)
    return folder


def test_they_are_a_share_of_an_epoch_and_have_no_emotion(clip_faces, stripes):
    faces = crying_and_laughing(clip_faces, 64)
    config, spec = Config(no_faces=str(stripes)), InputSpec(48, 48, 1, "gray")
    boxes = open_no_faces(config)
    arrays = with_no_faces(make_arrays(faces, config, spec), boxes, spec)
    kept = BOXES - BOXES // VALIDATING
    assert len(arrays.faces) == 64 + kept
    assert arrays.no_faces / len(arrays.rows) == pytest.approx(max(SHARE, kept / (64 + kept)), 0.2)
    assert (arrays.targets["emotion"][64:] == 0).all()
    presence = arrays.targets[PRESENCE_OUTPUT][:, 0]
    assert presence.tolist() == [1.0] * 64 + [0.0] * kept
    assert arrays.valid_labels[PRESENCE_OUTPUT].sum() == len(arrays.valid_faces) - 8
    assert (arrays.valid_labels["emotion"][-8:] == -1).all()
    # The last of them validate, and the first are learnt.
    assert (arrays.valid_faces[-1, ..., 0] == cv2.imread(str(stripes / "039.png"), 0)).all()
    assert (arrays.faces[64, ..., 0] == cv2.imread(str(stripes / "000.png"), 0)).all()


def test_the_model_file_tells_faces_from_boxes_without_one(clip_faces, stripes, finished):
    model = OnnxModel(finished / "model.onnx", engine="cpu")
    output = model.card.outputs[PRESENCE_OUTPUT]
    assert (output.kind, output.labels) == ("continuous", ("face_presence",))
    spec = model.card.input
    faces = crying_and_laughing(clip_faces, 64).splits["valid"].faces(spec)
    boxes = open_no_faces(Config(no_faces=str(stripes))).faces(spec)[-BOXES // VALIDATING :]
    of_faces, of_boxes = (
        model.predict(pictures, (PRESENCE_OUTPUT,))[PRESENCE_OUTPUT] for pictures in (faces, boxes)
    )
    assert of_faces.shape == (len(faces), 1)
    assert of_faces.min() >= 0
    assert of_boxes.max() <= 1
    assert of_faces.mean() > of_boxes.mean() + 0.2
    metrics = json.loads((finished / "metrics.json").read_text())
    assert metrics["outputs"][PRESENCE_OUTPUT]["concordance"] > 0.2


def test_teachers_say_nothing_of_what_is_no_face():
    logits = {"emotion": torch.tensor([[2.0, 0.0], [0.0, 3.0]])}
    loss = FaceLoss({"emotion": torch.tensor([0.5, 0.5])}, LossSettings(teacher_weight=1.0))
    targets = {
        "emotion": torch.zeros(2, 2),
        PRESENCE_OUTPUT: torch.tensor([[1.0], [0.0]]),
    }
    right = {"emotion": logits["emotion"].softmax(1)}
    # The second row is no face: whatever the teachers make of it.
    wrong = {"emotion": right["emotion"].clone()}
    wrong["emotion"][1] = torch.tensor([1.0, 0.0])
    assert loss(logits, targets, wrong).item() == pytest.approx(0.0, abs=1e-6)
    assert loss(logits, {"emotion": targets["emotion"]}, wrong).item() > 0.1


def test_too_few_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((48, 48), np.uint8))
    with pytest.raises(InputError, match="holds 1 boxes without a face, and 5 are the least"):
        open_no_faces(Config(no_faces=str(tmp_path)))
