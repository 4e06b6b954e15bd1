"""The data set: a Parquet part a recording, and the table of what was done."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import time
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from mimika.base.errors import InputError
from mimika.base.version import __version__
from mimika.batch.storage import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.batch.storage import Storage

PARTS, SEGMENTS = "parts", "segments"
TABLE = "recordings.csv"
RECORDING_KEY = b"mimika.recording"
"""Metadata of a part: what its row of the table says."""

State = Literal["done", "incomplete", "failed"]
"""Incomplete: read, but the film broke off before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one recording.

    Attributes:
        file: the recording.
        key: what its content and the settings are known by.
        state: "done", "incomplete" (what there is of the film was read) or "failed".
        why: what was wrong; a sentence.
        frames: how many frames were read.
        film_s: how long the recording is, in seconds.
        took_s: how long a processor took, in seconds.
    """

    file: str
    key: str
    state: State
    why: str = ""
    frames: int = 0
    film_s: float = 0.0
    took_s: float = 0.0


COLUMNS = tuple(field.name for field in fields(Outcome))


class DataSet:
    """`parts/`, `recordings.csv`, and `segments/` of long recordings that are not done yet."""

    def __init__(self, storage: Storage) -> None:
        """Read what is there; there need not be anything.

        Raises:
            InputError: its table cannot be read.
        """
        self._storage = storage
        self.outcomes: dict[str, Outcome] = {}
        self._saved_s = 0.0
        self._parts = storage.names(PARTS)
        self.segments = storage.names(SEGMENTS)
        table = storage.read(TABLE)
        if table is not None:
            where = f"{storage.name}/{TABLE}"
            self.outcomes = {outcome.file: outcome for outcome in read_table(table, where)}

    def is_done(self, file: str, key: str) -> bool:
        """Whether a recording was read already, with this content and these settings."""
        if part_of(key) not in self._parts:
            return False
        known = self.outcomes.get(file)
        if known is None or known.key != key:
            # Its part was written, and what wrote it was killed before the table was.
            known = self._outcome_of_part(key)
            if known is None or known.file != file:
                return False
            self.add(known)
        return known.state != "failed"

    def add(self, outcome: Outcome, part: bytes | None = None) -> None:
        """Note what became of a recording.

        The table is written now and then, and by `save`: the parts carry the same.

        Args:
            outcome: what became of it.
            part: its results, as a Parquet file.

        Raises:
            OutputError: it cannot be written.
        """
        if part is not None:
            self._storage.write(f"{PARTS}/{part_of(outcome.key)}", part)
            self._parts.add(part_of(outcome.key))
        before = self.outcomes.get(outcome.file)
        self.outcomes[outcome.file] = outcome
        if before is not None and before.key != outcome.key:
            self._forget(before.key)
        if time.monotonic() - self._saved_s >= self._storage.table_pause_s:
            self.save()

    def save(self) -> None:
        """Write the table.

        Raises:
            OutputError: it cannot be written.
        """
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(each) for each in self.outcomes.values())
        self._storage.write(TABLE, text.getvalue().encode())
        self._saved_s = time.monotonic()

    def add_segment(self, key: str, number: int, content: bytes) -> None:
        """Keep a segment of a long recording until the others are there.

        Raises:
            OutputError: it cannot be written.
        """
        self._storage.write(f"{SEGMENTS}/{segment_of(key, number)}", content)
        self.segments.add(segment_of(key, number))

    def read_segment(self, key: str, number: int) -> bytes:
        """A segment that was kept.

        Raises:
            InputError: it is gone.
        """
        content = self._storage.read(f"{SEGMENTS}/{segment_of(key, number)}")
        if content is None:
            raise InputError(f"{self._storage.name} was changed meanwhile: start it again.")
        return content

    def forget_segments(self, keys: frozenset[str] | None = None) -> None:
        """Remove the segments of all recordings but those known by `keys`, or of all.

        Raises:
            OutputError: one cannot be removed.
        """
        for name in sorted(self.segments):
            if name.rpartition("-")[0] not in (keys or ()):
                self._storage.remove(f"{SEGMENTS}/{name}")
                self.segments.discard(name)

    def _forget(self, key: str) -> None:
        """Remove the results of a recording that has changed since, unless others are the same."""
        if part_of(key) in self._parts and all(o.key != key for o in self.outcomes.values()):
            self._storage.remove(f"{PARTS}/{part_of(key)}")
            self._parts.discard(part_of(key))

    def _outcome_of_part(self, key: str) -> Outcome | None:
        from pyarrow import ArrowException

        content = self._storage.read(f"{PARTS}/{part_of(key)}")
        try:
            return None if content is None else outcome_of(content, key)
        except (KeyError, TypeError, ValueError, ArrowException):
            return None


def part_of(key: str) -> str:
    """Name of the file with a recording's results."""
    return f"{key}.parquet"


def segment_of(key: str, number: int) -> str:
    """Name of the file with a segment's results."""
    return f"{key}-{number}.parquet"


def outcome_of(part: bytes, key: str) -> Outcome:
    """Return what a recording's results say of it; its key is not in them."""
    return Outcome(key=key, **{"state": "done"} | about_of(part))


def about_of(part: bytes) -> dict[str, Any]:
    """What a part says of its recording.

    Raises:
        KeyError: it is none of a batch.
    """
    from pyarrow import BufferReader, parquet

    metadata = parquet.read_metadata(BufferReader(part)).metadata or {}
    about: dict[str, Any] = json.loads(metadata[RECORDING_KEY])
    return about


def key_of(recording: str, settings: str) -> str:
    """What a recording is known by: its name, size, time, and how it is read.

    Raises:
        InputError: there is no such recording.
    """
    text = f"{stamp(recording)} {settings} {__version__}"
    return hashlib.blake2b(os.fsencode(text), digest_size=12).hexdigest()


def _state(word: str) -> State:
    return "done" if word == "done" else "incomplete" if word == "incomplete" else "failed"


def read_table(table: bytes, name: str) -> Iterator[Outcome]:
    """Read `recordings.csv`.

    Args:
        table: its content.
        name: what to call it in messages.

    Raises:
        InputError: it is no such table.
    """
    try:
        for row in csv.DictReader(io.StringIO(table.decode(), newline="")):
            yield Outcome(
                file=row["file"],
                key=row["key"],
                state=_state(row["state"]),
                why=row["why"],
                frames=int(row["frames"]),
                film_s=float(row["film_s"]),
                took_s=float(row["took_s"]),
            )
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise InputError(
            f"{name} is no table of a batch that this version reads: give another folder."
        ) from error
