"""Results as JSON lines: one line a frame."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mimika.sinks._file import FileSink

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


class JsonLinesSink(FileSink):
    """`FrameResult.to_dict()`, one line a frame, UTF-8; see `mimika.sinks.sink.Sink`.

    Frames without a face are there, with an empty list.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file.

        Raises:
            OutputError: it cannot be written.
        """
        super().__init__(path)
        with self._writing():
            self._file = self._part.open("w", encoding="utf-8", newline="\n")

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Write one frame's line."""
        self._check_open()
        self._began = True
        with self._writing():
            self._file.write(json.dumps(result.to_dict(), ensure_ascii=False) + "\n")

    def _finish(self) -> None:
        self._file.close()
