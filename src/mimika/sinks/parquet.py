"""Results as Apache Parquet: one row a face, with types and units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.base.version import __version__
from mimika.sinks._table import TableSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimika.schema.values import Cell

ROWS_IN_GROUP = 16_384
METADATA_KEY = b"mimika"


class ParquetSink(TableSink):
    """The columns of docs/results.md; numbers are float64, whole ones int64.

    Row groups are written as they fill, the footer when the file is closed. A column's metadata has
    its meaning and unit, the file's (entry `mimika`, JSON) the version of Mimika that wrote it and
    the names of what its fields hold, such as the model's labels.
    """

    def _open(self) -> None:
        try:
            import pyarrow as arrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtra("Writing Parquet", "tables") from error
        types = {"integer": arrow.int64(), "number": arrow.float64(), "string": arrow.string()}
        about = {"version": __version__, "parts": self._schema.parts}
        self._arrow: Any = arrow
        self._types = arrow.schema(
            [
                arrow.field(
                    column.name,
                    types[column.type],
                    metadata={"meaning": column.field.meaning, "unit": column.field.unit},
                )
                for column in self._schema.columns
            ],
            metadata={METADATA_KEY: json.dumps(about, ensure_ascii=False).encode()},
        )
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
