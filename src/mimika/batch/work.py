"""The work of one process: recordings to parts, with a recognizer of its own on one thread."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.base.errors import InputError, MimikaError
from mimika.base.files import remove
from mimika.base.names import as_text
from mimika.batch.dataset import Outcome
from mimika.sinks.parquet import ParquetSink
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to be read.

    Attributes:
        file: the recording.
        key: what it is known by.
        part: where its results go.
    """

    file: Path
    key: str
    part: Path


class _Worker:
    """What a process keeps between tasks."""

    settings: Settings | None = None
    recognizer: Recognizer | None = None


def start(settings: Settings) -> None:
    """Begin a process's work: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Worker.settings = replace(settings, threads=1)


def run(task: Task) -> Outcome:
    """Read one recording; what is wrong with it becomes the outcome.

    Raises:
        MimikaError: what would be wrong for every recording: the model, the disk.
    """
    from mimika.pipeline.process import process
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sources.video import Video

    if _Worker.recognizer is None:
        _Worker.recognizer = Recognizer(_Worker.settings)
    began = time.monotonic()
    try:
        with ExitStack() as stack:
            film = stack.enter_context(Video(task.file))
            recognizer = stack.enter_context(_Worker.recognizer.fork())
            sink = stack.enter_context(
                NamedParquet(task.part, recognizer.schema, as_text(str(task.file)))
            )
            summary = process(film, sinks=[sink], recognizer=recognizer)
            end_s, warnings = summary.timeline.end / RATE_HZ, list(film.warnings)
    except InputError as error:
        # What was read before it broke off is no recording.
        remove(task.part)
        return Outcome(
            file=as_text(str(task.file)), key=task.key, state="failed", why=as_text(str(error))
        )
    except MimikaError:
        raise
    return Outcome(
        file=as_text(str(task.file)),
        key=task.key,
        state="done",
        why=" ".join(warnings),
        frames=summary.frames,
        film_s=round(end_s, 1),
        took_s=round(time.monotonic() - began, 2),
    )


class NamedParquet(Closing):
    """A Parquet file whose rows name the recording, so that many are one data set."""

    picture_free = True

    def __init__(self, path: Path, schema: ResultSchema, name: str) -> None:
        self._sink = ParquetSink(path, schema.named(), empty_frames=True)
        self._name = name

    def write(self, frame: Frame, result: FrameResult) -> None:
        """See `mimika.sinks.sink.Sink`."""
        self._sink.write(frame, replace(result, name=self._name))

    def close(self) -> None:
        """See `mimika.sinks.sink.Sink`."""
        self._sink.close()
