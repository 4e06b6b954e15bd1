"""Results as Apache Parquet: one row a face, with types and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.schema.tables import arrow_schema
from mimika.sinks._table import TableSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimika.schema.values import Cell

ROWS_IN_GROUP = 16_384


class ParquetSink(TableSink):
    """The columns of docs/results.md; numbers are float64, whole ones int64.

    Row groups are written as they fill, the footer when the file is closed; for its metadata see
    `mimika.schema.tables.arrow_schema`.
    """

    def _open(self) -> None:
        try:
            import pyarrow as arrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtra("Writing Parquet", "tables") from error
        self._arrow: Any = arrow
        self._types = arrow_schema(self._schema)
        self._rows: list[list[Cell]] = []
        self._writer: Any = pyarrow.parquet.ParquetWriter(
            str(self._part), self._types, compression="zstd"
        )

    def _write_rows(self, rows: Iterable[list[Cell]]) -> None:
        self._rows += rows
        if len(self._rows) >= ROWS_IN_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        rows, self._rows = self._rows, []
        arrays = [
            self._arrow.array(cells, field.type)
            for cells, field in zip(zip(*rows, strict=True), self._types, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._types))

    def _finish(self) -> None:
        try:
            if self._rows:
                self._write_group()
        finally:
            self._writer.close()
