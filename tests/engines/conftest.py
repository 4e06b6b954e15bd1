from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from mimika.detection import open_detector
from mimika.models.card import InputSpec
from mimika.models.find import model_path
from mimika.models.preprocessing import prepare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own for each test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MIMIKA_CACHE", str(folder))
    return folder / "engines"


@pytest.fixture(scope="session")
def default_model() -> Path:
    return model_path("default")


@pytest.fixture(scope="session")
def clip_faces(demo_clip: Path) -> np.ndarray:
    """Faces of the demo clip as the default model takes them, (N, 48, 48, 1) uint8."""
    video, detector = cv2.VideoCapture(str(demo_clip)), open_detector("yunet", engine="cpu")
    found, number = [], 0
    while True:
        there, frame = video.read()
        if not there:
            break
        number += 1
        if number % 6 == 0:
            boxes = detector.detect(frame, 320).boxes[:1]
            found.append(prepare(frame, boxes, InputSpec(48, 48, 1, "gray"), 0.0))
    faces = np.concatenate(found)
    assert len(faces) >= 50
    return faces
