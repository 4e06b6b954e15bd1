"""The bytes of an encoded picture: from a path, an open file, base64 or a data URL."""

from __future__ import annotations

import base64
import binascii
import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

from mimika.base.errors import InputError

LARGEST_BYTES = 512 * 2**20
DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?P<parameters>(;[\w-]+=[^;,]*)*)"
    r"(?P<base64>;base64)?,(?P<data>.*)",
    re.DOTALL | re.IGNORECASE,
)
# A name is shorter than the shortest picture in base64, and longer ones are no file names.
SHORTEST_BASE64 = 64
NAMED = 40


def bytes_of(source: object) -> tuple[bytes, str] | None:
    """Return a picture's bytes and what to call it; None for another kind of thing.

    Args:
        source: a path, bytes, a file opened for reading bytes (from where it stands), or a str of
            base64 or of a data URL (RFC 2397). A str that names a file is the file.

    Raises:
        InputError: missing, too large, a folder, a file opened as text, or broken base64.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), "The picture"
    if isinstance(source, str):
        if source[:5].lower() == "data:":
            return _from_data_url(source), "The data URL"
        data = _from_base64(source)
        if data is not None:
            return data, "The picture"
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return _from_path(path), str(path)
    if hasattr(source, "read") and not hasattr(source, "convert"):
        return _from_file(source)
    return None


def _from_data_url(url: str) -> bytes:
    parts = DATA_URL.fullmatch(url)
    if parts is None:
        raise InputError(
            "The data URL is not of the form data:image/jpeg;base64,…: check how it was made."
        )
    kind = parts["type"] or "text/plain"
    if not kind.lower().startswith("image/"):
        raise InputError(f"The data URL holds {kind}, which is no picture: give data:image/….")
    data = unquote_to_bytes(parts["data"])
    if not parts["base64"]:
        return data
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InputError(
            f"The data URL's base64 is broken ({error}): check that it was copied whole."
        ) from error


def _from_base64(text: str) -> bytes | None:
    """Decode strict base64 that is no file's name; None where it is neither long nor strict."""
    if len(text) < SHORTEST_BASE64 or len(text) % 4 or names_a_file(text):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def names_a_file(text: str) -> bool:
    """Whether there is a file of this name; False also for what can be no name."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        # Longer than a name can be, or with characters that none has.
        return False


def _from_file(file: object) -> tuple[bytes, str]:
    name = getattr(file, "name", None)
    called = str(name) if isinstance(name, str) else "The open file"
    try:
        data = file.read(LARGEST_BYTES + 1)  # type: ignore[attr-defined]
    except (OSError, ValueError) as error:
        # Decoding text fails with a ValueError as well.
        raise InputError(
            f'{called} cannot be read ({error}): open it anew, with open(name, "rb").'
        ) from error
    if not isinstance(data, bytes):
        raise InputError(f'{called} was opened as text: open it with open(name, "rb").')
    if len(data) > LARGEST_BYTES:
        raise InputError(f"{called} is larger than {LARGEST_BYTES >> 20} MB: export it smaller.")
    if not data:
        raise InputError(f"{called} is empty from where it stands: seek(0) goes to its beginning.")
    return data, called


def _from_path(path: Path) -> bytes:
    shown = str(path) if len(str(path)) <= 4 * NAMED else f"{str(path)[:NAMED]}…"
    try:
        if path.is_dir():
            raise InputError(f"{shown} is a folder: use `mimika image {shown}` or name a picture.")
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{shown} is larger than {LARGEST_BYTES >> 20} MB: export it smaller.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no picture {shown}: check the name.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{shown} cannot be read ({reason}): check the name, and that you may open it."
        ) from error
