"""Examples for the OpenAPI document; `test_examples.py` holds them to its schemas."""

from __future__ import annotations

from typing import Any

from mimika.apps.server import problems
from mimika.apps.server.documents import WORDS
from mimika.base.address import DEFAULT_PORT

JOB_NAME = "Zm9yIGV4YW1wbGUgb25seQ"
FRAME: dict[str, Any] = {
    "time_s": 0.0,
    "frame_index": 0,
    "width": 910,
    "height": 1137,
    "faces": [
        {
            "track_id": 1,
            "box": {"x": 372.7, "y": 84.2, "width": 238.1, "height": 326.3},
            "emotion": "happy",
            "confidence": 0.9995,
            "detection_score": 0.9463,
            "probabilities": {"happy": 0.9995, "neutral": 0.0003, "sad": 0.0002},
            "derived_valence": 0.8096,
            "derived_arousal": 0.5099,
        }
    ],
}
QUEUED = {
    "id": JOB_NAME,
    "state": "queued",
    "progress": 0.0,
    "frames": 0,
    "warnings": [],
    "error": None,
    "summary": None,
    "files": None,
}
RUNNING = {**QUEUED, "state": "running", "progress": 0.42, "frames": 198}
COLUMN = {"name": "track_id", "type": "integer", "path": ["track_id"]}
FIELD = {
    "name": "track_id",
    "type": "integer",
    "unit": "",
    "meaning": "The person's number, from 1.",
    "minimum": 1,
    "maximum": None,
    "decimals": None,
    "optional": False,
    "columns": [COLUMN],
}
ROOM = {
    "status": "ok",
    "streams": {"used": 1, "most": 32},
    "pictures": {"used": 0, "most": 64},
    "videos": {"used": 1, "most": 4},
}
CARD = {
    "format": 2,
    "name": "repvgg-s48",
    "version": "1",
    "outputs": {
        "emotion": {
            "kind": "categorical",
            "tensor": "probabilities",
            "labels": ["happy", "neutral", "sad"],
        }
    },
    "input": {"height": 48, "width": 48, "channels": 1, "color": "gray"},
    "crop_margin": 0.0,
    "training_data": "Faces of a public data set",
    "calibration": {"temperature": 0.8, "prior_power": 0.5, "shares": [0.4, 0.4, 0.2]},
    "metrics": {"test": {"accuracy": 0.82, "n": 3572}},
    "audit": {},
    "license": "Apache-2.0",
    "created": "2026-11-25",
    "notes": "",
    "engine": "cpu",
    "colors": {"happy": "#f2b705", "neutral": "#9aa0a6", "sad": "#3b82f6"},
}
UNREADABLE = problems.document(422, "The picture is damaged: export it again.")
ANSWERS: dict[str, Any] = {
    "analyze": FRAME,
    "analyze_batch": {
        "results": [
            {"name": "a.jpg", "result": FRAME},
            {"name": "b.jpg", "problem": UNREADABLE},
        ]
    },
    "submit_video": QUEUED,
    "list_videos": {"videos": [RUNNING]},
    "get_video": RUNNING,
    "get_model": CARD,
    "get_fields": {"frame": [], "face": [FIELD]},
    "get_health": {"status": "ok"},
    "get_readiness": ROOM,
}
REQUESTS = {
    "analyze": "curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' {url}/v1/analyze",
    "analyze_batch": "curl -F file=@a.jpg -F file=@b.jpg {url}/v1/batch",
    "submit_video": "curl --data-binary @film.mp4 -H 'Content-Type: video/mp4' {url}/v1/videos",
}
PARAMETERS = {"job": JOB_NAME, "lang": "en", "webhook": "https://example.org/done"}


def add_examples(document: dict[str, Any]) -> None:
    """Give each answer, problem, parameter and request of an OpenAPI document an example.

    What is sent are the bytes of files, of which JSON knows no example: those requests have a
    command (`x-codeSamples`).
    """
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = operation["operationId"]
            for parameter in operation.get("parameters", ()):
                parameter["example"] = PARAMETERS[parameter["name"]]
            plain = f"curl -X {method.upper()} {{url}}{path.format(job=JOB_NAME)}"
            source = REQUESTS.get(name, plain).format(url=f"http://localhost:{DEFAULT_PORT}")
            operation["x-codeSamples"] = [{"lang": "Shell", "source": source}]
            for status, answer in operation["responses"].items():
                _add_answer(answer, status, name)


def _add_answer(answer: dict[str, Any], status: str, name: str) -> None:
    content = answer.get("content", {})
    if problems.MEDIA_TYPE in content:
        document = problems.document(int(status), WORDS[int(status)])
        content[problems.MEDIA_TYPE]["example"] = document
    elif "application/json" in content:
        content["application/json"]["example"] = ANSWERS[name]
