"""The data set on the disk: a Parquet part a recording, and the table of what was done."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

from mimika.base.errors import InputError, OutputError
from mimika.base.files import replacing
from mimika.base.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PARTS = "parts"
TABLE = "recordings.csv"
State = Literal["done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one recording.

    Attributes:
        file: the recording.
        key: what its content and the settings are known by.
        state: "done" or "failed".
        why: what was wrong; a sentence.
        frames: how many frames were read.
        film_s: how long the recording is, in seconds.
        took_s: how long it took, in seconds.
    """

    file: str
    key: str
    state: State
    why: str = ""
    frames: int = 0
    film_s: float = 0.0
    took_s: float = 0.0


class DataSet:
    """A folder with `parts/` and `recordings.csv`."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; it need not exist yet.

        Raises:
            InputError: its table cannot be read.
        """
        self.folder = folder
        self.outcomes: dict[str, Outcome] = {}
        table = folder / TABLE
        if table.exists():
            self.outcomes = {outcome.file: outcome for outcome in _read(table)}

    def part(self, key: str) -> Path:
        """Where a recording's results are."""
        return self.folder / PARTS / f"{key}.parquet"

    def is_done(self, file: str, key: str) -> bool:
        """Whether a recording was read already, with this content and these settings."""
        known = self.outcomes.get(file)
        return known is not None and known.key == key and self.part(key).exists()

    def add(self, outcome: Outcome) -> None:
        """Note what became of a recording, at once on the disk.

        Raises:
            OutputError: the table cannot be written.
        """
        before = self.outcomes.get(outcome.file)
        if before is not None and before.key != outcome.key:
            self._forget(before.key)
        self.outcomes[outcome.file] = outcome
        with (
            replacing(self.folder / TABLE) as part,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(asdict(each) for each in self.outcomes.values())

    def _forget(self, key: str) -> None:
        """Remove the results of a recording that has changed since, unless others are the same."""
        if sum(outcome.key == key for outcome in self.outcomes.values()) > 1:
            return
        try:
            self.part(key).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.part(key)} cannot be removed ({error}).") from error


COLUMNS = tuple(field.name for field in fields(Outcome))


def key_of(file: Path, settings: str) -> str:
    """What a recording is known by: its name, size, time, and how it is read.

    Raises:
        InputError: there is no such file.
    """
    try:
        now = file.stat()
    except OSError as error:
        raise InputError(f"There is no recording {file}: check the name.") from error
    text = f"{file.resolve()} {now.st_size} {now.st_mtime_ns} {settings} {__version__}"
    return hashlib.blake2b(os.fsencode(text), digest_size=12).hexdigest()


def _read(table: Path) -> Iterable[Outcome]:
    try:
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield Outcome(
                    file=row["file"],
                    key=row["key"],
                    state="done" if row["state"] == "done" else "failed",
                    why=row["why"],
                    frames=int(row["frames"]),
                    film_s=float(row["film_s"]),
                    took_s=float(row["took_s"]),
                )
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise InputError(
            f"{table} is no table of a batch that this version reads: give another folder."
        ) from error
