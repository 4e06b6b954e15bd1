"""The pictures of a data set: files, or an array that they were decoded into."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from mimika.base.processors import processors
from mimika.sources.picture import read_picture
from mimika.training.data.cache import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")

AHEAD = 64
"""How many results may wait for the one that is due."""


class Pictures(Protocol):
    """N pictures that are read one by one."""

    @property
    def key(self) -> str:
        """Differs where a picture does."""

    def __len__(self) -> int:
        """N."""

    def name(self, index: int) -> str:
        """How the data set calls a picture."""

    def read(self, index: int) -> NDArray[np.uint8]:
        """Decode a picture: (H, W, 3) BGR or (H, W) gray, uint8, 0-255.

        Raises:
            InputError: it is missing or unreadable.
        """


class FilePictures:
    """Picture files below a folder."""

    def __init__(self, root: Path, paths: Sequence[str]) -> None:
        """Take the files' names.

        Args:
            root: the folder.
            paths: relative to it, with forward slashes.
        """
        self._root, self._paths = root, paths

    def __len__(self) -> int:
        return len(self._paths)

    @cached_property
    def key(self) -> str:
        """Made of every file's name, size and time of change."""
        return file_key(*(self._root / path for path in self._paths))

    def name(self, index: int) -> str:
        """The relative path."""
        return self._paths[index]

    def read(self, index: int) -> NDArray[np.uint8]:
        """See `Pictures.read`."""
        return read_picture(self._root / self._paths[index])


class ArrayPictures:
    """Pictures of one size that are decoded already."""

    def __init__(self, images: NDArray[np.uint8], names: Sequence[str], key: str) -> None:
        """Take them.

        Args:
            images: (N, H, W) gray uint8; may lie on the disk.
            names: N names.
            key: see `Pictures.key`.
        """
        self._images, self._names, self.key = images, names, key

    def __len__(self) -> int:
        return len(self._names)

    def name(self, index: int) -> str:
        """The name that was given."""
        return self._names[index]

    def read(self, index: int) -> NDArray[np.uint8]:
        """See `Pictures.read`."""
        return self._images[index]


def file_key(*paths: Path) -> str:
    """Return a short name that changes with a file's path, size or time of change."""
    parts: list[tuple[str, int, int]] = []
    for path in paths:
        try:
            known = path.stat()
            parts.append((str(path.absolute()), known.st_size, known.st_mtime_ns))
        except OSError:
            parts.append((str(path), -1, 0))
    return key_of(parts)


def in_parallel(count: int, work: Callable[[int], T]) -> Iterator[T]:
    """Yield work(0), work(1) … in order, computed by a thread a core, few ahead of the reader.

    Decoding, scaling and detection all leave Python's lock, so threads are enough.
    """
    with ThreadPoolExecutor(max_workers=processors()) as pool:
        waiting = deque(pool.submit(work, i) for i in range(min(AHEAD, count)))
        try:
            for following in range(AHEAD, count + AHEAD):
                if not waiting:
                    return
                result = waiting.popleft().result()
                if following < count:
                    waiting.append(pool.submit(work, following))
                yield result
        finally:
            for future in waiting:
                future.cancel()
