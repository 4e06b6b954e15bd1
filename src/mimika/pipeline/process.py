"""From a source to its sinks: the one loop of the command line, the window and the server."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mimika.base.files import check_distinct
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.sinks.open import open_sink
from mimika.sinks.sink import PictureFree, Sink
from mimika.sources.ahead import ahead
from mimika.sources.frame import SampledSource, Source
from mimika.sources.open import open_source
from mimika.sources.sampling import Sampling
from mimika.timeline.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from os import PathLike

    from mimika.pipeline.settings import Settings
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


class SeesFrames(Protocol):
    """What gives each frame's result: a `Recognizer`, a `PictureAnalyzer`, or one of your own."""

    @property
    def schema(self) -> ResultSchema:
        """Which fields its results have."""

    def __call__(self, frame: Frame, /) -> FrameResult:
        """See the next frame."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source is.

    Attributes:
        frames: frames that are done.
        total: frames in all, None where that is not known.
        result: the last frame's.
    """

    frames: int
    total: int | None
    result: FrameResult

    @property
    def share(self) -> float | None:
        """What is done, in [0, 1]; None where the number of frames is not known."""
        return min(1.0, self.frames / self.total) if self.total else None


def process(
    source: Source | int | str | PathLike[str],
    *,
    sinks: Iterable[Sink | str | PathLike[str]] = (),
    settings: Settings | None = None,
    recognizer: SeesFrames | None = None,
    summary: Summary | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Recognize a whole source and hand every frame with its result to the sinks.

        summary = mimika.process("film.mp4", sinks=["seen.csv", "seen.mp4"])
        print(summary)

    Pictures are seen each by itself, frames of a film, stream or camera as a stream.

    Args:
        source: an open source, which the caller closes, or whatever `mimika.open_source` takes,
            whose warnings, such as of a film that breaks off, become Python's.
        sinks: open sinks, which the caller closes, or files, whose endings say what is written
            (`mimika.open_sink`).
        settings: how faces are found and judged; defaults where None.
        recognizer: an open one instead.
        summary: filled as frames come, so that it is there also when the loop is left by an
            exception such as KeyboardInterrupt; a new one where None.
        on_progress: called after every frame; what it raises ends the loop.

    Returns:
        Who was seen, and what they showed.

    Raises:
        InputError: the source is missing or unusable.
        OutputError: a sink cannot be written, or would overwrite the source or another one.
        ModelError: a model is missing or unusable.
        DeviceError: the camera or the engine cannot be used.
    """
    summary = Summary() if summary is None else summary
    with ExitStack() as stack:
        if not isinstance(source, Source):
            source = stack.enter_context(open_source(source))
            # Nobody else can look at them.
            stack.callback(_warn_of, source)
        if recognizer is None:
            recognizer = _recognizer(source, settings)
        sinks = list(sinks)
        paths = [Path(sink) for sink in sinks if not isinstance(sink, Sink)]
        check_distinct(paths, [source.info.name])
        opened: list[Sink] = []
        for sink in sinks:
            if not isinstance(sink, Sink):
                schema = recognizer.schema
                sink = stack.enter_context(open_sink(sink, source.info, schema))  # noqa: PLW2901
            opened.append(sink)
        frames = stack.enter_context(closing(_frames(source, recognizer, opened)))
        for frame in frames:
            result = recognizer(frame)
            summary.add(result)
            for sink in opened:
                sink.write(frame, result)
            # The next one is made where this one lay.
            del frame
            if on_progress is not None:
                on_progress(Progress(summary.frames, source.info.frames, result))
    return summary


def _recognizer(source: Source, settings: Settings | None) -> SeesFrames:
    if source.info.kind == "images":
        return PictureAnalyzer(settings)
    # Pictures do without it, and start sooner.
    from mimika.pipeline.recognizer import Recognizer

    return Recognizer(settings)


def _frames(
    source: Source, recognizer: SeesFrames, sinks: Iterable[Sink]
) -> Generator[Frame, None, None]:
    """The source's frames, as little of them decoded as the recognizer and the sinks need."""
    if not isinstance(source, SampledSource):
        yield from source
        return
    from mimika.pipeline.recognizer import Recognizer

    sampling = recognizer.sampling if isinstance(recognizer, Recognizer) else Sampling()
    picture_free = all(isinstance(sink, PictureFree) and sink.picture_free for sink in sinks)
    frames: Iterable[Frame] = source
    if sampling.leaves_out and picture_free:
        frames = source.sampled(sampling)
    with closing(ahead(frames, source)) as decoded:
        yield from decoded


def _warn_of(source: Source) -> None:
    """Pass a source's warnings on to Python's."""
    for warning in source.warnings:
        warnings.warn(warning, stacklevel=3)
