"""Which recordings there are, and whose they are: a folder, a batch's output, or a table."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.audience.clock import EXAMPLE, read_time
from mimika.base.errors import InputError
from mimika.base.names import path_of
from mimika.batch.dataset import PARTS, TABLE as BATCH_TABLE, part_of, read_table
from mimika.batch.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

TABLE = "viewers.csv"
NEEDED = ("viewer", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording of the audience.

    Attributes:
        name: the viewer's name; it stays in the private table.
        file: the recording.
        offset_s: the film's time at its first instant, None where it is to be found.
        drift: how much longer the recorder's second is, as a share; of a known offset.
        group: the viewer's group, "" for none.
        film_started: when the film began for this viewer, None where that is not known.
        film: what a table was made from, where that is known and still there.
        shown: what to call it in messages, "" for its file's name.
    """

    name: str
    file: Path
    offset_s: float | None = None
    drift: float = 0.0
    group: str = ""
    film_started: datetime | None = None
    film: Path | None = None
    shown: str = ""

    @property
    def title(self) -> str:
        """What to call it in messages."""
        return self.shown or self.file.name


def find_recordings(where: Path, suffixes: Collection[str]) -> list[Recording]:
    """Find the recordings of an audience.

    Args:
        where: a table with the columns viewer, file and, as far as they are known, offset_s,
            film_started and group; or a folder, in which such a table (viewers.csv) may lie; or the
            output of `mimika batch`; or private/viewers.csv of an audience, whose recordings may be
            deleted since; else each file of the folder is a viewer's.
        suffixes: endings of recordings, lower case.

    Raises:
        InputError: there is no such thing, the table is not one of viewers, names a file that is
            not there, or there is no recording.
    """
    if not where.exists():
        raise InputError(f"There is no folder and no table {where}: check the name.")
    if where.is_file():
        return _read_table(where)
    if (where / TABLE).is_file():
        return _read_table(where / TABLE)
    if (where / BATCH_TABLE).is_file():
        return _of_batch(where)
    files = sorted(path for path in where.iterdir() if path.suffix.lower() in suffixes)
    if not files:
        raise InputError(f"The folder {where} holds no recording: put the viewers' films in it.")
    return [Recording(name=path.stem, file=path) for path in files]


def _of_batch(folder: Path) -> list[Recording]:
    """What a batch has read; its films, where they are still there, are heard."""
    table = Folder(folder).read(BATCH_TABLE) or b""
    found = []
    for outcome in read_table(table, str(folder / BATCH_TABLE)):
        if outcome.state != "failed":
            film = Path(outcome.file)
            found.append(
                Recording(
                    name=film.stem,
                    file=folder / PARTS / part_of(outcome.key),
                    film=film if film.is_file() else None,
                    shown=film.name,
                )
            )
    if not found:
        raise InputError(f"The batch in {folder} has no recording that was read: run it again.")
    return found


def _read_table(path: Path) -> list[Recording]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path} is no table of viewers: it has no column {' and no '.join(missing)}."
                )
            found = [
                _recording(path, number, row)
                for number, row in enumerate(rows, 2)
                if not row.get("left_out")
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a table of viewers: check the file.") from error
    if not found:
        raise InputError(f"{path} names no viewer: give each recording a row.")
    if "person" in (rows.fieldnames or ()):
        # An audience's own table: each person of a recording has a row.
        return list({recording.file: recording for recording in found}.values())
    _check_once(path, found)
    return found


def _check_once(table: Path, recordings: Sequence[Recording]) -> None:
    """Refuse a table that counts a recording twice: two viewers who do the same are no evidence.

    Raises:
        InputError: it does.
    """
    seen: set[Path] = set()
    for recording in recordings:
        if recording.file in seen:
            raise InputError(
                f"{table} names {recording.file.name} twice: give each recording one row; "
                "if two people are seen in it, each is a viewer by itself."
            )
        seen.add(recording.file)


def _recording(table: Path, line: int, row: Mapping[str, str | None]) -> Recording:
    text = (row["file"] or "").strip()
    if not text or not (table.parent / path_of(text)).is_file():
        raise InputError(f"{table}, line {line}: there is no file {text or '(empty)'}.")
    file = table.parent / path_of(text)
    offset_s = _number(table, line, row, "offset_s", "in seconds")
    drift_ppm = _number(table, line, row, "drift_ppm", "in millionths")
    text = (row.get("film_started") or "").strip()
    started = read_time(text)
    if text and started is None:
        raise InputError(
            f"{table}, line {line}: film_started is a time such as {EXAMPLE}, and {text!r} is not."
        )
    return Recording(
        name=(row.get("name") or row["viewer"] or "").strip() or file.stem,
        file=file,
        offset_s=offset_s,
        drift=(drift_ppm or 0.0) / 1e6,
        group=(row.get("group") or "").strip(),
        film_started=started,
    )


def _number(
    table: Path, line: int, row: Mapping[str, str | None], column: str, unit: str
) -> float | None:
    """A number of a table, None where there is none.

    Raises:
        InputError: something else stands there.
    """
    text = (row.get(column) or "").strip()
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise InputError(f"{table}, line {line}: {column} is {unit}, and {text!r} is not.")
    return number
