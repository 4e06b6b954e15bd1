"""What is kept between runs: each recording's timeline and place, by content and settings."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mimika.audience.alignment import Alignment
from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.base.version import __version__
from mimika.timeline.files import read_timeline, write_timeline
from mimika.timeline.measure import measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mimika.timeline.resample import Timeline

INDEX = "index.json"
BYTES_AT_ONCE = 1 << 22


class Cache:
    """A folder with timelines and places.

    Files are known by their content (BLAKE2b); it is read again only when size or time of a file
    changed.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        """Open the folder; it need not exist yet.

        Args:
            folder: where it is.
            settings: what the timelines depend on beside the recordings.
        """
        self.folder = folder
        self._settings = hashlib.blake2b(f"{__version__} {settings}".encode()).hexdigest()[:12]
        self._index: dict[str, Any] = {"files": {}, "places": {}}
        # Where nothing is known yet, or nothing that can be read, it is made again.
        with suppress(OSError, ValueError):
            self._index |= json.loads((folder / INDEX).read_text(encoding="utf-8"))

    def digest(self, path: Path) -> str:
        """What a file's content is known by.

        Raises:
            InputError: it cannot be read.
        """
        try:
            now = path.stat()
            key, stamp = str(path.resolve()), [now.st_size, now.st_mtime_ns]
            known = self._index["files"].get(key)
            if known is None or known[1:] != stamp:
                known = [_content(path), *stamp]
                self._index["files"][key] = known
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
        return str(known[0])

    def timeline(self, path: Path, read: Callable[[Path], Timeline]) -> Timeline:
        """A recording's timeline, from the folder or else read now and kept.

        Raises:
            MimikaError: the recording cannot be read, or the folder not be written.
        """
        if path.parent.resolve() == self.folder.resolve():
            return read_timeline(path).timeline  # It is one of these, its recording is deleted.
        kept = self.kept(path)
        if kept.exists():
            try:
                return read_timeline(kept).timeline
            except InputError:
                kept.unlink()
        timeline = read(path)
        self.keep(path, timeline)
        return timeline

    def knows(self, path: Path) -> bool:
        """Whether a recording's timeline is kept.

        Raises:
            InputError: the recording cannot be read.
        """
        return self.kept(path).exists()

    def keep(self, path: Path, timeline: Timeline) -> None:
        """Keep a recording's timeline.

        Raises:
            MimikaError: the recording cannot be read, or the folder not be written.
        """
        write_timeline(self.kept(path), measure(timeline), {"source": path.name})

    def kept(self, path: Path) -> Path:
        """Where a recording's timeline is kept."""
        return self.folder / f"{self.digest(path)}-{self._settings}.parquet"

    def place(
        self, film: Path, path: Path, find: Callable[[], Alignment | None]
    ) -> Alignment | None:
        """A recording's place in the film, known or else found now and kept."""
        key = f"{self.digest(film)} {self.digest(path)} {__version__}"
        if key not in self._index["places"]:
            found = find()
            self._index["places"][key] = None if found is None else asdict(found)
            self.save()
        known = self._index["places"][key]
        return None if known is None else Alignment(**known)

    def save(self) -> None:
        """Write what is known.

        Raises:
            OutputError: the folder cannot be written.
        """
        with replacing(self.folder / INDEX) as part:
            part.write_text(json.dumps(self._index), encoding="utf-8")


def _content(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(BYTES_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()
