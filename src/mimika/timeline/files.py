"""A measured recording as files: `timeline.parquet`, which can be measured again, and
`moments.csv`.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError, MissingExtra
from mimika.base.files import replacing
from mimika.base.version import __version__
from mimika.timeline.resample import PLACE, POSE, RATE_HZ, Timeline, Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.timeline.measure import Measured
    from mimika.timeline.moments import Moment

METADATA_KEY = b"mimika.timeline"
FORMAT = 1
DEPARTURE = "departure."
"""Begins the names of the columns with an emotion's departure."""
ATTENTIVE = "attentive"
OF_MESHES = (ATTENTIVE, *POSE)
"""Columns that are there where meshes were read."""


@dataclass(frozen=True, slots=True)
class StoredTimeline:
    """A timeline that was read back.

    Attributes:
        timeline: the faces at the fixed rate.
        about: what was stored beside it: where it comes from, which model read it.
    """

    timeline: Timeline
    about: Mapping[str, Any] = field(default_factory=dict)


def write_timeline(path: Path, measured: Measured, about: Mapping[str, Any]) -> None:
    """Write one row a person and tenth of a second in which the face was seen.

    Args:
        path: the file.
        measured: the recording.
        about: JSON-ready facts to be stored beside it.

    Raises:
        MissingExtra: pyarrow is not installed.
        OutputError: the file cannot be written.
    """
    arrow, parquet = _pyarrow("Writing a timeline")
    columns = _columns(measured)
    header = {
        "format": FORMAT,
        "version": __version__,
        "labels": measured.labels,
        "affect_measured": measured.affect_measured,
        "begin_s": measured.begin_s,
        "end_s": measured.end_s,
        "about": dict(about),
    }
    table = arrow.table(columns).replace_schema_metadata({METADATA_KEY: json.dumps(header)})
    with replacing(path) as part:
        parquet.write_table(table, part, compression="zstd")


def read_timeline(path: Path) -> StoredTimeline:
    """Read `write_timeline` back; what follows from the values is measured anew.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: it is no such file, or of another version.
    """
    arrow, parquet = _pyarrow("Reading a timeline")
    try:
        table = parquet.read_table(path)
        header = json.loads(table.schema.metadata[METADATA_KEY])
        if header["format"] != FORMAT:
            raise InputError(
                f"{path} was written by Mimika {header['version']} in another form: make it again."
            )
        timeline = Timeline()
        timeline.labels = tuple(header["labels"])
        timeline.measured = bool(header["affect_measured"])
        timeline.cover(header["begin_s"], header["end_s"])
        _restore(timeline, table)
    except (OSError, KeyError, TypeError, ValueError, arrow.ArrowException) as error:
        raise InputError(
            f"{path} is no timeline as this version of Mimika writes it: make it again."
        ) from error
    return StoredTimeline(timeline, header["about"])


def is_timeline(path: Path) -> bool:
    """Whether a Parquet file is a timeline, not a table of results."""
    arrow, parquet = _pyarrow("Reading Parquet")
    try:
        return METADATA_KEY in (parquet.read_schema(path).metadata or {})
    except (OSError, arrow.ArrowException):
        return False


MOMENT_COLUMNS = (
    "onset_s",
    "peak_s",
    "end_s",
    "duration_s",
    "person",
    "track_id",
    "emotion",
    "strength",
    "probability",
)


def write_moments(path: Path, moments: Iterable[Moment]) -> None:
    """Write one row a moment.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, MOMENT_COLUMNS)
        writer.writeheader()
        writer.writerows(moment.to_dict() for moment in moments)


def _columns(measured: Measured) -> dict[str, NDArray[Any]]:
    prefix = "" if measured.affect_measured else "derived_"
    attended = any(reaction.person.attentive_s is not None for reaction in measured.reactions)
    parts: dict[str, list[NDArray[Any]]] = {}
    for reaction in measured.reactions:
        person = reaction.person
        rows = person.seen
        values: dict[str, NDArray[Any]] = {
            "person": np.full(rows.sum(), person.number, np.int32),
            "track_id": person.track_at[rows],
            "time_s": person.times_s[rows],
        }
        values |= {k: person.probabilities[rows, i] for i, k in enumerate(measured.labels)}
        values |= {f"{prefix}valence": person.valence[rows]}
        values |= {f"{prefix}arousal": person.arousal[rows]}
        if attended:
            values[ATTENTIVE] = person.attention[rows]
            values |= {k: person.pose[rows, i] for i, k in enumerate(POSE)}
        values |= {k: person.place[rows, i] for i, k in enumerate(PLACE)}
        values["reaction"] = reaction.total[rows]
        for column, emotion in enumerate(reaction.emotions):
            values[DEPARTURE + emotion] = reaction.departures[rows, column]
        for name, value in values.items():
            parts.setdefault(name, []).append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _restore(timeline: Timeline, table: Any) -> None:
    if not table.num_rows:
        return
    prefix = "" if timeline.measured else "derived_"
    names = (*timeline.labels, f"{prefix}valence", f"{prefix}arousal", *OF_MESHES, *PLACE)
    unknown = np.full(table.num_rows, np.nan, np.float32)
    present = set(table.column_names) | set(names) - set(OF_MESHES)
    rows = np.stack([table[n].to_numpy() if n in present else unknown for n in names], axis=1)
    tenths = np.rint(table["time_s"].to_numpy() * RATE_HZ).astype(np.int64)
    numbers = table["track_id"].to_numpy()
    for number in np.unique(numbers):
        mine = numbers == number
        track = timeline.tracks[int(number)] = Track(int(number), len(names))
        track.restore(tenths[mine], rows[mine])


def _pyarrow(what: str) -> tuple[Any, Any]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra(what, "report") from error
    return arrow, parquet
