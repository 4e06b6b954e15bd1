"""What sinks of one file share: it is written beside, and gets its name when it is closed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.base.files import begin, output_error, remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType


class FileSink(Closing):
    """A file that appears when it is closed; see `mimika.sinks.sink.Sink`.

    A sink defines `_finish`, which writes what is left and closes what it opened, and does all
    writing inside `_writing()`.

    Attributes:
        picture_free: it looks at no picture (`mimika.sinks.sink.PictureFree`).
    """

    picture_free = True

    def __init__(self, path: Path) -> None:
        """Begin.

        Raises:
            OutputError: the file cannot be written.
        """
        self._path, self._part = path, begin(path)
        self._began = self._closed = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Where the body failed before a frame was written, an empty file would only mislead.
        if kind is not None and not self._began:
            self._give_up()
        self.close()

    def close(self) -> None:
        """Give the file its name; more than once does no harm."""
        if self._closed:
            return
        self._closed = True
        with self._writing():
            self._finish()
            self._part.replace(self._path)

    def _finish(self) -> None:
        raise NotImplementedError

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn a failed write into one sentence, and leave no part of a file."""
        try:
            yield
        except OSError as error:
            self._give_up()
            raise output_error(self._path, error) from error

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"{self._path} is closed")

    def _give_up(self) -> None:
        self._closed = True
        # The full disk that brought us here may refuse this as well, or nothing was opened yet.
        with suppress(OSError, AttributeError):
            self._finish()
        remove(self._part)
