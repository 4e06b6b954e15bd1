"""Results as CSV: one row a face."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mimika.sinks._file import FileSink

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


class CsvSink(FileSink):
    """One row a face; see `mimika.sinks.sink.Sink`.

    The columns are those of docs/results.md. UTF-8, commas, RFC 4180 line ends.
    """

    def __init__(self, path: Path, schema: ResultSchema, *, empty_frames: bool = False) -> None:
        """Begin the file with its header.

        Args:
            path: the file.
            schema: which fields the results have.
            empty_frames: a frame without a face gets a row too, without the face's values.

        Raises:
            OutputError: it cannot be written.
        """
        super().__init__(path)
        self._schema, self._empty_frames = schema, empty_frames
        with self._writing():
            self._file = self._part.open("w", encoding="utf-8", newline="")
            self._rows = csv.writer(self._file)
            self._rows.writerow([column.name for column in schema.columns])

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Write one frame's rows."""
        self._check_open()
        self._began = True
        with self._writing():
            self._rows.writerows(self._schema.rows(result, empty_frames=self._empty_frames))

    def _finish(self) -> None:
        self._file.close()
