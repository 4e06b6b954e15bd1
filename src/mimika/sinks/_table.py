"""What sinks share that write a table: one row a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.sinks._file import FileSink

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.schema.values import Cell
    from mimika.sources.frame import Frame


class TableSink(FileSink):
    """A table with the columns of a schema; see `mimika.sinks.sink.Sink`.

    A kind of table defines `_open` and `_write_rows`, and `_finish` as every `FileSink`.
    """

    def __init__(self, path: Path, schema: ResultSchema, *, empty_frames: bool = False) -> None:
        """Begin the file.

        Args:
            path: the file.
            schema: which fields the results have.
            empty_frames: a frame without a face gets a row too, without the face's values.

        Raises:
            MissingExtra: a package is not installed.
            ModelError: a label of the model is also the name of another column.
            OutputError: the file cannot be written.
        """
        super().__init__(path)
        self._schema, self._empty_frames = schema, empty_frames
        with self._writing():
            self._open()

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame's rows."""
        self._check_open()
        self._began = True
        with self._writing():
            self._write_rows(self._schema.rows(result, empty_frames=self._empty_frames))

    def _open(self) -> None:
        raise NotImplementedError

    def _write_rows(self, rows: Iterable[list[Cell]]) -> None:
        raise NotImplementedError
