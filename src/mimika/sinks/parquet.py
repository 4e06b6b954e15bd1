"""Results as Apache Parquet: one row a face, with types and units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.base.version import __version__
from mimika.sinks._file import FileSink

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.schema.values import Cell
    from mimika.sources.frame import Frame

ROWS_IN_GROUP = 16_384
METADATA_KEY = b"mimika"


class ParquetSink(FileSink):
    """One row a face; see `mimika.sinks.sink.Sink`.

    Row groups are written as they fill, the footer when the file is closed. The columns are those
    of docs/results.md, numbers as float64, whole ones as int64; a column's metadata has its meaning
    and unit, the file's has the version of Mimika that wrote it and the model's labels (entry
    `mimika`, JSON).
    """

    def __init__(self, path: Path, schema: ResultSchema, *, empty_frames: bool = False) -> None:
        """Begin the file.

        Args:
            path: the file.
            schema: which fields the results have.
            empty_frames: a frame without a face gets a row too, without the face's values.

        Raises:
            MissingExtra: pyarrow is not installed.
            OutputError: the file cannot be written.
        """
        try:
            import pyarrow as arrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtra("Writing Parquet", "tables") from error
        super().__init__(path)
        self._schema, self._empty_frames = schema, empty_frames
        self._arrow: Any = arrow
        types = {"integer": arrow.int64(), "number": arrow.float64(), "string": arrow.string()}
        about = {"version": __version__, "parts": schema.parts}
        self._types = arrow.schema(
            [
                arrow.field(
                    column.name,
                    types[column.type],
                    metadata={"meaning": column.field.meaning, "unit": column.field.unit},
                )
                for column in schema.columns
            ],
            metadata={METADATA_KEY: json.dumps(about, ensure_ascii=False).encode()},
        )
        self._rows: list[list[Cell]] = []
        with self._writing():
            self._writer: Any = pyarrow.parquet.ParquetWriter(
                str(self._part), self._types, compression="zstd"
            )

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame's rows."""
        self._check_open()
        self._began = True
        self._rows += self._schema.rows(result, empty_frames=self._empty_frames)
        if len(self._rows) >= ROWS_IN_GROUP:
            with self._writing():
                self._write_group()

    def _write_group(self) -> None:
        rows, self._rows = self._rows, []
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._types)
        arrays = [
            self._arrow.array(cells, field.type)
            for cells, field in zip(columns, self._types, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._types))

    def _finish(self) -> None:
        try:
            if self._rows:
                self._write_group()
        finally:
            self._writer.close()
