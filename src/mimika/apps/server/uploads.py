"""The one file of a request, from its body or from a form."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from mimika.apps.server.problems import Problem
from mimika.apps.server.spool import need_room
from mimika.base.files import output_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

FORM = "multipart/form-data"
CHUNK = 1 << 20
NO_FILE = "The form has no file: send one in the field `file`, or the bytes as the body."


async def picture_bytes(request: Request) -> bytes:
    """Read the picture of a request.

    Raises:
        Problem: there is none, or the body is of another kind.
    """
    if _kind(request, "image/") == FORM:
        async with request.form(max_files=1, max_fields=8) as form:
            data = await _file_of(form).read()
    else:
        data = await request.body()
    if not data:
        raise Problem(422, "The picture is empty: send its bytes as the body, or a form.")
    return data


async def save_video(request: Request, path: Path) -> None:
    """Write the video of a request to `path`.

    Raises:
        Problem: there is none, or the body is of another kind.
        OutputError: the disk is full.
    """
    kind = _kind(request, "video/", "image/gif")
    declared = request.headers.get("content-length", "")
    need_room(path.parent, int(declared) if declared.isdigit() else 0)
    if kind == FORM:
        async with request.form(max_files=1, max_fields=8) as form:
            size = await _write(path, _chunks(_file_of(form)))
    else:
        size = await _write(path, request.stream())
    if size == 0:
        raise Problem(422, "The video is empty: send its bytes as the body, or a form.")


def _kind(request: Request, *allowed: str) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "application/octet-stream", FORM) or kind.startswith(allowed):
        return kind
    raise Problem(
        415,
        f"A body of type {kind[:60]} is not taken: send {allowed[0]}*, application/octet-stream "
        f"or {FORM}.",
    )


def _file_of(form: Any) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem(422, NO_FILE)
    return file


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk


async def _write(path: Path, chunks: AsyncIterator[bytes]) -> int:
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                await asyncio.to_thread(file.write, chunk)
    except OSError as error:
        raise output_error(path, error) from error
    return size
