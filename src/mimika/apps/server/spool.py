"""The folder for videos and their results: private, and removed also after a crash."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import OutputError
from mimika.base.files import output_error

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "mimika-serve-"
LOCK = "lock"


@contextmanager
def open_spool(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder that only this user may read; remove it when the block ends.

    Folders that a killed server left behind are removed first. A running server holds a lock on
    its own, which the system releases however it ends.

    Args:
        parent: where to make it; the system's folder for temporary files where None.

    Raises:
        OutputError: it cannot be made.
    """
    from filelock import FileLock

    parent = parent or Path(tempfile.gettempdir())
    remove_abandoned(parent)
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except OSError as error:
        raise output_error(parent, error) from error
    try:
        for name in ("jobs", "metrics"):
            (folder / name).mkdir()
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove the folders of servers that were killed; return them."""
    from filelock import FileLock, Timeout

    removed = []
    for folder in parent.glob(f"{PREFIX}*"):
        # Another user's folder, or one that is being made this moment, is left alone.
        if folder.is_symlink() or not (folder / LOCK).exists():
            continue
        try:
            with FileLock(folder / LOCK, timeout=0):
                pass
            shutil.rmtree(folder)
        except (Timeout, OSError):
            continue
        removed.append(folder)
    return removed


def need_room(folder: Path, size: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        OutputError: less than twice `size` bytes are free.
    """
    if shutil.disk_usage(folder).free < 2 * size:
        raise OutputError("The server's disk has no room for this video: try a shorter one.")
