"""Between Mimika's values and what goes over the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import DeviceError, InputError, MimikaError, UsageError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

QUALITY = 90


def encoded(picture: str | os.PathLike[str] | bytes | NDArray[np.uint8]) -> bytes:
    """The bytes of a picture: a file's as they are, an array's as JPEG.

    Raises:
        InputError: there is no such file, or it is no picture's array.
    """
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, np.ndarray):
        import cv2

        from mimika.sources.picture import read_picture

        image = read_picture(picture)
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        return bytes(data.tobytes())
    try:
        return Path(picture).read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no picture {picture}: check the name.") from error
    except OSError as error:
        raise InputError(f"{picture} cannot be read ({error.strerror}).") from error


def kind_of(status: int) -> type[MimikaError]:
    """Which of Mimika's errors an HTTP status is."""
    if status in (401, 403, 404, 409, 421):
        return UsageError
    return InputError if status in (400, 413, 415, 422) else DeviceError


def error_of(status: int, body: bytes) -> MimikaError:
    """A problem document as one of Mimika's errors."""
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"The server answered with HTTP status {status}: is it Mimika's?"
    return kind_of(status)(detail)
