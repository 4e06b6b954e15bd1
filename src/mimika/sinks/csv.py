"""Results as CSV: one row a face."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mimika.sinks._table import TableSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimika.schema.values import Cell


class CsvSink(TableSink):
    """The columns of docs/results.md. UTF-8, commas, RFC 4180 line ends."""

    def _open(self) -> None:
        self._file = self._part.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([column.name for column in self._schema.columns])

    def _write_rows(self, rows: Iterable[list[Cell]]) -> None:
        self._writer.writerows(rows)

    def _finish(self) -> None:
        self._file.close()
