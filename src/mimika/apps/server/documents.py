"""Parts of the OpenAPI document that FastAPI cannot tell from the code."""

from __future__ import annotations

from typing import Any

from mimika.apps.server.problems import MEDIA_TYPE
from mimika.apps.server.schemas import ProblemShape

WORDS = {
    400: "The request is not HTTP that can be understood.",
    401: "The token is missing or wrong.",
    403: "A page of another site asks.",
    404: "There is no such thing.",
    405: "The address does not take this method.",
    408: "The body comes too slowly.",
    409: "Not in this state.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    421: "The server is not known by this name.",
    422: "The picture, video or parameter is unusable.",
    429: "Too many requests from this address.",
    503: "Enough to do already; see Retry-After.",
    507: "The server's disk is full.",
}
BINARY = {"type": "string", "format": "binary"}
PICTURES = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/bmp",
    "image/tiff",
    "image/gif",
)
VIDEOS = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo")


def problem_responses(*statuses: int, token: bool = True) -> dict[int | str, dict[str, Any]]:
    """The problem documents that a route may answer with, for FastAPI's `responses`."""
    common = (401, 403, 405, 421, 429) if token else (405, 421, 429)
    schema = {"$ref": f"#/components/schemas/{ProblemShape.__name__}"}
    return {
        status: {"description": WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*common, *statuses})
    }


def picture_body() -> dict[str, Any]:
    """The request body of a picture."""
    return _body(PICTURES, "The picture.")


def video_body() -> dict[str, Any]:
    """The request body of a video."""
    return _body((*VIDEOS, "image/gif"), "The video.")


def file_response(media_type: str) -> dict[str, Any]:
    """A response whose body is a file."""
    schema = {"type": "string"} if media_type.startswith("text/") else BINARY
    return {"description": "The file.", "content": {media_type: {"schema": schema}}}


def _body(kinds: tuple[str, ...], words: str) -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {**BINARY, "description": words}},
    }
    content: dict[str, Any] = {kind: {"schema": BINARY} for kind in kinds}
    content["application/octet-stream"] = {"schema": BINARY}
    content["multipart/form-data"] = {"schema": form}
    return {"required": True, "description": words, "content": content}
