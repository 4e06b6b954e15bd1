"""Built engines on the disk: found again by what they were built from, and never trusted blindly.

A folder an engine lies in the user's cache folder, or in what the environment variable MIMIKA_CACHE
names. Its file `built.json`, written last, holds a digest of every other file; a folder without it,
or with a byte changed, is removed and built again. A lock that the system frees when a process
ends, however it ends, lets one process build while others wait for it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

from mimika.base.cache_folder import VARIABLE, cache_folder
from mimika.base.errors import DeviceError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = "built.json"
WAIT_S = 900.0
log = logging.getLogger(__name__)


def engine_folder() -> Path:
    """Return where engines are kept; it need not exist yet."""
    return cache_folder() / "engines"


def key_of(path: Path, *parts: object) -> str:
    """Return a short name for a model file's content and whatever else an engine depends on.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.blake2b(path.read_bytes(), digest_size=12)
    for part in parts:
        digest.update(b"\0" + repr(part).encode())
    return digest.hexdigest()


def built(name: str, build: Callable[[Path], None], announcement: str) -> Path:
    """Return the folder of a built engine, built first where it is not there or broken.

    Args:
        name: of the folder: the engine's name and a key of everything that it depends on.
        build: writes the engine's files into the folder that it is given.
        announcement: printed before a build, which can take minutes.

    Raises:
        DeviceError: another process has been building the same engine for a quarter of an hour.
        OutputError: the cache cannot be written.
    """
    import shutil

    from filelock import FileLock, Timeout

    folder = engine_folder() / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.warning("Another process is building the same engine: waiting for it.")
            lock.acquire(timeout=WAIT_S)
        try:
            if is_whole(folder):
                return folder
            if folder.exists():
                log.warning("The cached engine %s is broken: it is built again.", folder)
                shutil.rmtree(folder)
            log.warning("%s", announcement)
            folder.mkdir()
            try:
                build(folder)
                _seal(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        finally:
            lock.release()
    except Timeout as error:
        raise DeviceError(
            f"Another process has been building the engine {folder} for {WAIT_S / 60:.0f} minutes: "
            "stop it and try again, or use --engine cpu."
        ) from error
    except OSError as error:
        raise OutputError(
            f"Engines cannot be kept in {folder.parent} ({error.strerror or error}): name a folder "
            f"with space in the environment variable {VARIABLE}, or use --engine cpu."
        ) from error
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file of a built engine is there and as it was written."""
    try:
        digests = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(digests) and digests == _digests(folder)
    except (OSError, ValueError):
        return False


def _seal(folder: Path) -> None:
    part = folder / f"{MANIFEST}.part"
    text = json.dumps(_digests(folder), indent=1)
    part.write_text(text, encoding="utf-8")
    part.replace(folder / MANIFEST)


def _digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.blake2b(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(MANIFEST)
    }
