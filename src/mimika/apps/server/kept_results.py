"""Results of finished videos, of each address as much as one is given; others need the disk too."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING

from mimika.apps.server.addresses import MOST_REMEMBERED

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.apps.server.options import Limits


class KeptResults:
    """Finished videos of this worker, by the address that sent them; nothing of it is on disk."""

    def __init__(self, limits: Limits) -> None:
        """Begin with none."""
        self._limits = limits
        self._of: OrderedDict[str, deque[Path]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, address: str, folder: Path) -> None:
        """Take in a finished video; the address' oldest are removed where it has too many."""
        with self._lock:
            folders = self._of.setdefault(address, deque())
            self._of.move_to_end(address)
            for gone in [each for each in folders if not each.exists()]:
                folders.remove(gone)
            folders.append(folder)
            sizes = deque(map(size_of, folders))
            # The newest stays, however large it is.
            while len(folders) > 1 and (
                len(folders) > self._limits.address_results
                or sum(sizes) > self._limits.address_results_bytes
            ):
                sizes.popleft()
                shutil.rmtree(folders.popleft(), ignore_errors=True)
            if len(self._of) > MOST_REMEMBERED:
                self._of.popitem(last=False)


def size_of(folder: Path) -> int:
    """Bytes of a folder's files."""
    size = 0
    with suppress(OSError):  # it is being removed
        size = sum(path.stat().st_size for path in folder.iterdir())
    return size
