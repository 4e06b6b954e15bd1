"""Which workers live: each holds a lock, which the system releases however the worker ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Owners:
    """The workers that share a folder.

    Attributes:
        own: this worker's name: its process' number.
    """

    def __init__(self, folder: Path) -> None:
        """Take this worker's lock."""
        from filelock import FileLock

        folder.mkdir(exist_ok=True)
        self._folder = folder
        self.own = str(os.getpid())
        # The server is closed by another thread than the one that started it.
        self._lock = FileLock(folder / self.own, thread_local=False)
        self._lock.acquire(timeout=5)

    def lives(self, name: str) -> bool:
        """Whether the worker of that name lives."""
        from filelock import FileLock, Timeout

        if name == self.own:
            return True
        path = self._folder / name
        if not name.isdigit() or not path.exists():
            return False
        try:
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True

    def remove_dead(self) -> list[int]:
        """Remove the locks of workers that are gone; return their processes' numbers."""
        gone = [path for path in self._folder.iterdir() if not self.lives(path.name)]
        for path in gone:
            path.unlink(missing_ok=True)
        return [int(path.name) for path in gone if path.name.isdigit()]

    def close(self) -> None:
        """Release this worker's lock."""
        self._lock.release()
