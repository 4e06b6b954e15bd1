"""One process a run."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mimika.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FILE = "run.lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run's folder; the system frees it when the process ends, however it ends.

    Args:
        folder: the run's folder; it exists.

    Raises:
        UsageError: another process holds it.
    """
    note = folder / "run.pid"
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        holder = note.read_text(encoding="utf-8").strip() if note.is_file() else "unknown"
        raise UsageError(
            f"The run {folder} is still running (process {holder}): wait for it, or stop it first."
        ) from error
    try:
        note.write_text(f"{os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()
