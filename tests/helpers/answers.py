"""What tests of the server send and expect."""

from __future__ import annotations

import cv2
import numpy as np
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mimika.apps.server.schemas import ProblemShape


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    shape = ProblemShape.model_validate(answer.json())
    assert shape.status == status
    assert shape.detail.endswith(".")
    return shape.detail


def validate(http, result):
    """Hold a result to its JSON schema in the server's OpenAPI document."""
    document = http.get("/openapi.json").json()
    resource = DRAFT202012.create_resource(document)
    registry = Registry().with_resource("openapi", resource)
    Draft202012Validator(
        {"$ref": "openapi#/components/schemas/FrameShape"}, registry=registry
    ).validate(result)


def jpeg(width, height):
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()
