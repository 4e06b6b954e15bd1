"""The work of one processor: recordings to parts, with a recognizer of its own."""

from __future__ import annotations

import io
import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mimika.base.closing import Closing
from mimika.base.errors import InputError
from mimika.base.names import as_text, path_of
from mimika.batch.dataset import RECORDING_KEY
from mimika.batch.segments import split
from mimika.batch.storage import RemoteFile, is_address
from mimika.batch.task import Result, Segment
from mimika.sinks.parquet import ParquetTable
from mimika.sources.demuxing import FORMATS
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.batch.task import Task
    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sources.animation import Animation
    from mimika.sources.frame import Frame
    from mimika.sources.rotation import Rotation
    from mimika.sources.video import Video


class Worker:
    """Reads recordings one after another.

    Attributes:
        settings: how faces are found and judged.
        segment_s: about how long segments are.
    """

    def __init__(self, settings: Settings, segment_s: float) -> None:
        """Take the settings; the networks are loaded with the first recording."""
        self.settings = settings
        # Of how many people there are at most, each segment would have its own.
        self.segment_s = 0.0 if settings.people else segment_s
        self._recognizer: Recognizer | None = None

    def plan(self, task: Task) -> Result:
        """Look which segments a recording has, and which way up it is."""
        from mimika.sources.video import Video

        try:
            with _film(task, "auto") as film:
                segments = split(film, self.segment_s) if isinstance(film, Video) else (Segment(),)
                return Result(segments=segments, turn=film.info.turn)
        except InputError as error:
            return Result(failed=as_text(str(error)))

    def read(self, task: Task, threads: int = 1) -> Result:
        """Read a recording or a segment; what is wrong with it becomes the result.

        Args:
            task: the recording.
            threads: of the networks, which are loaded the first time; results are the same.

        Raises:
            MimikaError: what would be wrong for every recording: the model, the disk.
        """
        from mimika.pipeline.process import process
        from mimika.pipeline.recognizer import Recognizer

        if self._recognizer is None:
            self._recognizer = Recognizer(replace(self.settings, threads=threads))
        began = time.monotonic()
        name = as_text(task.file)
        turned = [f"Turned by {task.turn} degrees clockwise."] if task.turn else []
        try:
            with ExitStack() as stack:
                film = stack.enter_context(_film(task, task.turn))
                recognizer = stack.enter_context(self._recognizer.fork())
                part = stack.enter_context(Part(recognizer.schema, name))
                summary = process(film, sinks=[part], recognizer=recognizer)
                part.about = {
                    "state": "incomplete" if film.incomplete else "done",
                    "why": " ".join([*turned, *film.warnings]),
                    "frames": summary.frames,
                    "film_s": round(summary.timeline.end / RATE_HZ, 1),
                    "took_s": round(time.monotonic() - began, 2),
                }
        except InputError as error:
            # What was read before it broke off is no recording.
            return Result(failed=as_text(str(error)))
        return Result(part=part.content)


@contextmanager
def _film(task: Task, rotate: Rotation) -> Iterator[Video | Animation]:
    """Open the segment of a recording, wherever it lies.

    Raises:
        InputError: it cannot be read, or could not to the end.
    """
    from mimika.sources.open import open_film
    from mimika.sources.video import Video

    place = task.segment
    options: Any = {"start_s": place.begin_s, "end_s": place.end_s, "rotate": rotate}
    if not is_address(task.file):
        with open_film(path_of(task.file), **options) as film:
            yield film
        return
    opened: list[RemoteFile] = []

    def opener() -> Any:
        opened.append(RemoteFile(task.file))
        return _container(opened[-1])

    try:
        with Video(task.file, opener=opener, **options) as film:
            yield film
    finally:
        for file in opened:
            file.close()
        for file in opened:
            if file.failed:
                raise InputError(f"{task.file} could not be read to its end ({file.failed}).")


def _container(file: RemoteFile) -> Any:
    import av

    try:
        return av.open(file, metadata_errors="replace", options={"format_whitelist": FORMATS})
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(
            f"{file.name} is not a video that can be read: check that it plays elsewhere."
        ) from error


class Part(Closing):
    """A Parquet file in memory whose rows name the recording, so that many are one data set.

    Attributes:
        about: what the file is to say of the recording.
        content: the file, once it is closed.
    """

    picture_free = True

    def __init__(self, schema: ResultSchema, name: str) -> None:
        self._schema, self._name = schema.named(), name
        self._file = io.BytesIO()
        self._table: ParquetTable | None = ParquetTable(self._file, self._schema)
        self.about: dict[str, Any] = {}
        self.content = b""

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """See `mimika.sinks.sink.Sink`."""
        if self._table is not None:
            named = replace(result, name=self._name)
            self._table.write(self._schema.rows(named, empty_frames=True))

    def close(self) -> None:
        """See `mimika.sinks.sink.Sink`."""
        table, self._table = self._table, None
        if table is not None:
            about = {"file": self._name, **self.about}
            table.close({RECORDING_KEY: json.dumps(about).encode()})
            self.content = self._file.getvalue()
