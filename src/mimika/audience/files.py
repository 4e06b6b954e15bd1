"""A study as tables."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from mimika.audience.collect import Collected
    from mimika.audience.study import Study

LAG = "mimika.lag_s"
"""Name of the curves' metadata that says how long after the film viewers react."""
MOMENT_COLUMNS = (
    "onset_s",
    "peak_s",
    "end_s",
    "duration_s",
    "emotion",
    "effect",
    "low",
    "high",
    "share",
    "viewers",
    "synchrony",
    "p",
)
VIEWER_COLUMNS = (
    "viewer",
    "name",
    "file",
    "group",
    "person",
    "offset_s",
    "drift_ppm",
    "confidence",
    "aligned_by",
    "baseline",
    "left_out",
)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV table.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_viewers(path: Path, collected: Collected, kept: Mapping[Path, Path]) -> None:
    """Write who the viewers are: one row a viewer, and one a recording that was left out.

    The table can be given to `mimika audience` again, also when the recordings are deleted.

    Args:
        path: the table.
        collected: the viewers.
        kept: recordings that are deleted, to the timelines that stand for them.

    Raises:
        OutputError: the file cannot be written.
    """

    def named(file: Path) -> str:
        file = kept.get(file, file).resolve()
        folder = path.parent.resolve()
        return file.name if file.parent == folder else str(file)

    write_rows(path, VIEWER_COLUMNS, _viewer_rows(collected, named))


def _viewer_rows(collected: Collected, named: Callable[[Path], str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for viewer, recording in zip(collected.viewers, collected.recordings, strict=True):
        place = viewer.alignment
        rows.append(
            {
                "viewer": viewer.number,
                "name": recording.name,
                "file": named(recording.file),
                "group": viewer.group,
                "person": viewer.reaction.person.number,
                "offset_s": round(place.offset_s, 3),
                "drift_ppm": round(place.drift * 1e6, 1),
                "confidence": round(place.confidence, 3),
                "aligned_by": place.source,
                "baseline": viewer.reaction.baseline.origin,
            }
        )
    for recording, why in collected.left_out:
        rows.append({"name": recording.name, "file": named(recording.file), "left_out": why})
    return rows


def write_curves(path: Path, study: Study) -> None:
    """Write the curves, ten rows a second of the film, as Parquet; the viewers' lag is not taken
    off, their metadata has it.

    Raises:
        MissingExtra: pyarrow is not installed.
        OutputError: the file cannot be written.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("Writing curves", "audience") from error
    columns: dict[str, Any] = {
        "time_s": study.stack.times_s,
        "watching": study.stack.watching,
    }
    if study.stack.attentive is not None:
        columns["attentive"] = study.stack.attentive
    columns |= {
        "reaction": study.reaction.mean,
        "reaction_low": study.reaction.low,
        "reaction_high": study.reaction.high,
        "synchrony": study.synchrony,
    }
    for emotion, curve in zip(study.stack.emotions, study.emotions, strict=True):
        columns |= {emotion: curve.mean, f"{emotion}_low": curve.low, f"{emotion}_high": curve.high}
    for group, curve in study.groups.items():
        columns[f"group.{group}"] = curve.mean
    with replacing(path) as part:
        table = arrow.table(columns).replace_schema_metadata({LAG: str(study.lag.seconds)})
        parquet.write_table(table, part, compression="zstd")
