"""What tests of the server send and expect."""

from __future__ import annotations

import cv2
import numpy as np

from mimika.apps.server.schemas import ProblemShape


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    shape = ProblemShape.model_validate(answer.json())
    assert shape.status == status
    assert shape.detail.endswith(".")
    return shape.detail


def jpeg(width, height):
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()
