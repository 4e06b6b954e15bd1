"""Results as Apache Parquet: one row a face, with types and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.base.files import replacing
from mimika.schema.tables import arrow_schema
from mimika.sinks._table import TableSink

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from mimika.schema.columns import ResultSchema
    from mimika.schema.values import Cell

ROWS_IN_GROUP = 16_384
# Of a CSV file that is read at once: somewhat fewer rows than that.
BLOCK_BYTES = 4 << 20


class ParquetTable:
    """A Parquet file that is written row by row, to a path or an open file.

    The columns of docs/results.md; numbers are float64, whole ones int64. Row groups are written as
    they fill, the footer when the file is closed; for its metadata see
    `mimika.schema.tables.arrow_schema`.
    """

    def __init__(self, target: str | BinaryIO, schema: ResultSchema) -> None:
        """Begin the file.

        Raises:
            MissingExtra: pyarrow is not installed.
            OSError: the file cannot be written.
        """
        try:
            import pyarrow as arrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtra("Writing Parquet", "tables") from error
        self._arrow: Any = arrow
        self._types = arrow_schema(schema)
        self._rows: list[list[Cell]] = []
        self._writer: Any = pyarrow.parquet.ParquetWriter(target, self._types, compression="zstd")

    def write(self, rows: Iterable[list[Cell]]) -> None:
        """Take rows, cells in the order of the schema's columns.

        Raises:
            OSError: the file cannot be written.
        """
        self._rows += rows
        if len(self._rows) >= ROWS_IN_GROUP:
            self._write_group()

    def close(self, metadata: Mapping[bytes, bytes] | None = None) -> None:
        """Write what is left, and the footer.

        Args:
            metadata: further entries of the file's metadata.

        Raises:
            OSError: the file cannot be written.
        """
        try:
            if self._rows:
                self._write_group()
            if metadata:
                self._writer.add_key_value_metadata(dict(metadata))
        finally:
            self._writer.close()

    def _write_group(self) -> None:
        rows, self._rows = self._rows, []
        arrays = [
            self._arrow.array(cells, field.type)
            for cells, field in zip(zip(*rows, strict=True), self._types, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._types))


class ParquetSink(TableSink):
    """Results as one `ParquetTable`."""

    def _open(self) -> None:
        self._table = ParquetTable(str(self._part), self._schema)

    def _write_rows(self, rows: Iterable[list[Cell]]) -> None:
        self._table.write(rows)

    def _finish(self) -> None:
        self._table.close()


def parquet_of_csv(rows: Path, path: Path, schema: ResultSchema) -> None:
    """Write the rows of a CSV file of results as a Parquet file, on one thread.

    It is the file that `ParquetSink` writes, but for the size of its row groups. A million rows
    take two seconds, and no more memory than a few blocks of them.

    Args:
        rows: a file that `mimika.sinks.csv` wrote.
        path: the new file.
        schema: which fields the results have.

    Raises:
        OutputError: it cannot be written.
        ImportError: pyarrow is not installed.
    """
    import pyarrow as arrow
    import pyarrow.csv
    import pyarrow.parquet

    types = arrow_schema(schema)
    reading = pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
    splitting = pyarrow.csv.ParseOptions(newlines_in_values=True)
    cells = pyarrow.csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=True
    )
    with (
        replacing(path) as part,
        pyarrow.csv.open_csv(rows, reading, splitting, cells) as blocks,
        pyarrow.parquet.ParquetWriter(part, types, compression="zstd") as writer,
    ):
        for block in blocks:
            writer.write_batch(arrow.RecordBatch.from_arrays(block.columns, schema=types))
