"""Results as a table: CSV, one row a face; JSON lines, one line a frame."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from mimika.base.files import check_writable, output_error, part_of, remove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


class _TextSink:
    """A text file that appears when it is closed."""

    def __init__(self, path: Path) -> None:
        check_writable(path)
        self._path, self._part = path, part_of(path)
        self._began = False
        try:
            self._file: IO[str] | None = self._part.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise output_error(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and not self._began:
            self._give_up()
        self.close()

    def close(self) -> None:
        """Give the file its name; more than once does no harm."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
            self._part.replace(self._path)
        except OSError as error:
            remove(self._part)
            raise output_error(self._path, error) from error

    def _put(self, text: str) -> None:
        if self._file is None:
            raise ValueError(f"{self._path} is closed")
        try:
            self._file.write(text)
        except OSError as error:
            self._give_up()
            raise output_error(self._path, error) from error

    def _give_up(self) -> None:
        file, self._file = self._file, None
        # The full disk that brought us here may refuse this as well.
        with suppress(OSError):
            if file is not None:
                file.close()
        remove(self._part)


class JsonLinesSink(_TextSink):
    """`FrameResult.to_dict()`, one line a frame, UTF-8; see `mimika.sinks.sink.Sink`.

    Frames without a face are there, with an empty list.
    """

    def __init__(self, path: Path, *, named: bool = False) -> None:
        """Begin the file.

        Args:
            path: the file.
            named: add each picture's `name`.

        Raises:
            OutputError: it cannot be written.
        """
        super().__init__(path)
        self._named = named

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Write one frame's line."""
        self._began = True
        entry = ({"name": frame.name} if self._named else {}) | result.to_dict()
        self._put(json.dumps(entry, ensure_ascii=False) + "\n")


class CsvSink(_TextSink):
    """One row a face; see `mimika.sinks.sink.Sink`.

    Columns: [name,] time_s, frame, track, x, y, width, height (pixels), emotion, confidence,
    detection_score, and one for each label's probability. UTF-8, commas, RFC 4180 line ends.
    """

    def __init__(self, path: Path, labels: Sequence[str], *, named: bool = False) -> None:
        """Begin the file with its header.

        Args:
            path: the file.
            labels: the model's class names.
            named: begin each row with the picture's name.

        Raises:
            OutputError: it cannot be written.
        """
        super().__init__(path)
        self._named, self._labels = named, tuple(labels)
        self._rows = csv.writer(_Writer(self))
        fixed = ("time_s", "frame", "track", "x", "y", "width", "height", "emotion", "confidence")
        name = ("name",) if named else ()
        self._rows.writerow((*name, *fixed, "detection_score", *self._labels))

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Write one frame's rows."""
        self._began = True
        for face in result.faces:
            box = face.box.to_dict()
            self._rows.writerow(
                (
                    *((frame.name,) if self._named else ()),
                    round(result.time_s, 4),
                    result.index,
                    face.track_id,
                    *box.values(),
                    face.emotion,
                    round(face.confidence, 4),
                    round(face.detection_score, 4),
                    *(round(face.probabilities[label], 4) for label in self._labels),
                )
            )


class _Writer:
    """What `csv.writer` needs to write to."""

    def __init__(self, sink: _TextSink) -> None:
        self._sink = sink

    def write(self, text: str) -> int:
        self._sink._put(text)
        return len(text)
