"""Results read back from the files that Mimika's sinks wrote."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError, MissingExtra
from mimika.schema.columns import ResultSchema, checked
from mimika.schema.results import FrameResult
from mimika.schema.tables import METADATA_KEY, Results
from mimika.sinks.table import SINKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from mimika.schema.field import Column
    from mimika.schema.values import Cell, CellType

ROWS_AT_ONCE = 4096


def read_results(path: str | PathLike[str]) -> Results:
    """Read the results of a recording, frame by frame or as a table.

        for result in mimika.read_results("film.parquet"):
            print(result.time_s, result.faces)

        table = mimika.read_results("film.jsonl").to_pandas()

    Frame by frame the file is never in memory as a whole. Values are as they were written, rounded.
    Frames without a face are there only where the file has them: always in JSON lines, in tables
    where they were asked for (`--empty-frames`).

    Args:
        path: a .csv, .jsonl or .parquet file that Mimika wrote; a table may have further columns or
            another order, if a row is still one face.

    Returns:
        The results in the file's order. All errors but the first two come while reading.

    Raises:
        InputError: there is no such file, its ending is another, it is broken or has no results as
            this version writes them.
        MissingExtra: pyarrow is not installed, for Parquet.
    """
    path = Path(path)
    for option, read in READERS.items():
        if path.suffix.lower() in SINKS[option].suffixes:
            if not path.is_file():
                raise InputError(f"There is no file {path}: check the name.")
            heading = HEADINGS.get(option)
            schema = partial(heading, path) if heading else None
            return Results(_in_a_sentence(path, read(path)), schema=schema)
    endings = ", ".join(SINKS[option].suffixes[0] for option in READERS)
    raise InputError(f"{path} is not a file of results by its ending: give one of {endings}.")


def _in_a_sentence(path: Path, results: Iterator[FrameResult]) -> Iterator[FrameResult]:
    try:
        yield from results
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    except (InputError, ValueError, RecursionError, csv.Error) as error:
        raise InputError(
            f"{path} has no results as this version of Mimika writes them "
            f"({_first_line(error)}): make it again from the recording."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["unreadable"])[0].rstrip(".")


def _read_csv(path: Path) -> Iterator[FrameResult]:
    # Spreadsheets put a mark of the byte order before the first heading.
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        names = next(rows, [])
        schema = ResultSchema.from_columns(names)
        columns = [(names.index(c.name), c) for c in schema.columns]
        yield from schema.results(
            [_cell(row, place, column, rows.line_num) for place, column in columns]
            for row in rows
            if row
        )


CELLS: dict[CellType, Callable[[str], Cell]] = {"integer": int, "number": float, "string": str}


def _cell(row: Sequence[str], place: int, column: Column, line: int) -> Cell:
    try:
        text = row[place]
        return CELLS[column.type](text) if text else None
    except (IndexError, ValueError) as error:
        raise InputError(f"line {line} has no {column.type} under {column.name!r}") from error


def _csv_heading(path: Path) -> ResultSchema:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return ResultSchema.from_columns(next(csv.reader(file), []))


def _parquet_heading(path: Path) -> ResultSchema:
    import pyarrow.parquet

    return ResultSchema.from_columns(pyarrow.parquet.read_schema(str(path)).names)


def _read_jsonl(path: Path) -> Iterator[FrameResult]:
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            try:
                yield checked(FrameResult.from_dict(json.loads(text)))
            except (InputError, ValueError) as error:
                raise InputError(f"line {line}: {error}") from error


def _read_parquet(path: Path) -> Iterator[FrameResult]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Reading Parquet", "tables") from error
    with path.open("rb") as file:
        try:
            table: Any = pyarrow.parquet.ParquetFile(file)
        except pyarrow.ArrowException as error:
            raise InputError(f"it is no Parquet file, or not whole: {error}") from error
        try:
            schema = ResultSchema.from_columns(table.schema_arrow.names)
        except InputError as error:
            raise InputError(f"{_origin(table.schema_arrow.metadata)}{error}") from error
        names = [column.name for column in schema.columns]
        batches = table.iter_batches(ROWS_AT_ONCE, columns=names)
        yield from schema.results(
            row
            for batch in batches
            for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True)
        )


def _origin(metadata: dict[bytes, bytes] | None) -> str:
    """Which version wrote the file, where it says so."""
    try:
        version = json.loads((metadata or {})[METADATA_KEY])["version"]
    except (KeyError, TypeError, ValueError):
        return ""
    return f"version {version} wrote it; "


READERS: dict[str, Callable[[Path], Iterator[FrameResult]]] = {
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
}
"""How the file of a sink is read, by the sink's option."""

HEADINGS: dict[str, Callable[[Path], ResultSchema]] = {
    "csv": _csv_heading,
    "parquet": _parquet_heading,
}
"""Which fields such a file has, also where it has no faces; JSON lines say so only in each face."""
