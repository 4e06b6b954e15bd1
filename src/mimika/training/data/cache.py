"""Decoded pictures on the disk, so that they are decoded once.

The folder is the user's cache folder, or what the environment variable MIMIKA_CACHE names. A file's
name is made from what it was made of, so a changed data set gets new files; files that were not
used for a month are removed.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.cache_folder import VARIABLE, cache_folder
from mimika.base.errors import OutputError
from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

KEPT_DAYS = 30
FORMAT = 1
"""Part of every key; raised when what is cached changes its meaning."""


def key_of(*parts: object) -> str:
    """Return a short name for whatever `parts` say; arrays go by their bytes."""
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=12)
    for part in parts:
        raw = part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode()
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()


def cached(kind: str, key: str, suffix: str, make: Callable[[Path], None]) -> Path:
    """Return a cached file, made first where it is not there.

    Args:
        kind: first part of the file's name.
        key: second part; see `key_of`.
        suffix: of the file, with the dot.
        make: writes the file to the path that it is given.

    Raises:
        OutputError: the file cannot be written.
    """
    folder = cache_folder()
    path = folder / f"{kind}-{key}{suffix}"
    if path.is_file():
        # Its age counts from its last use.
        try:
            os.utime(path)
        except OSError:
            return path
        return path
    try:
        with replacing(path) as part:
            make(part)
    except OutputError as error:
        raise OutputError(
            f"Decoded pictures cannot be kept in {folder} ({error}) Name a folder with space in "
            f"the environment variable {VARIABLE}."
        ) from error
    _remove_old(folder)
    return path


def cached_array(
    kind: str, key: str, shape: tuple[int, ...], fill: Callable[[NDArray[np.uint8]], None]
) -> NDArray[np.uint8]:
    """Return a uint8 array that lies on the disk and is read as it is needed.

    Args:
        kind: see `cached`.
        key: see `cached`.
        shape: of the array.
        fill: writes every element, where the array is not there yet.
    """

    def make(part: Path) -> None:
        array = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
        fill(array)
        array.flush()

    return np.load(cached(kind, key, ".npy", make), mmap_mode="r")


def _remove_old(folder: Path) -> None:
    limit = time.time() - KEPT_DAYS * 86_400
    for path in folder.glob("*-*.np[yz]"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except OSError:
            # Another process removed it, or has it open.
            continue
