"""Recordings of viewers: films that are recognized here, and tables that Mimika wrote before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError, UsageError
from mimika.base.names import path_of

if TYPE_CHECKING:
    from mimika.apps.cli._kept import KeptResults
    from mimika.apps.report.facts import Facts
    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.timeline.measure import Rest
    from mimika.timeline.resample import Timeline

SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)-)?(\d+(?:\.\d+)?)")


def load(
    path: str, settings: Settings, language: str, kept: KeptResults | None = None
) -> tuple[Timeline, Facts]:
    """Read a recording's faces at the fixed rate.

    Args:
        path: a film, or a table or timeline that Mimika wrote.
        settings: how a film's faces are found and judged.
        language: of what is said on the way.
        kept: keeps a film's results until they are no longer needed.

    Raises:
        InputError: there is no such file, it cannot be read, or it shows no face.
    """
    return RecordingReader(settings, language, kept).read(path_of(path))


class RecordingReader:
    """Reads recordings one after another with one recognizer, opened with the first film."""

    def __init__(self, settings: Settings, language: str, kept: KeptResults | None = None) -> None:
        """Take how faces are found and judged, and the language of what is said on the way.

        `kept` is for one film: it keeps its results.
        """
        self._settings, self._language, self._kept = settings, language, kept
        self._recognizer: Recognizer | None = None

    def __call__(self, path: Path) -> Timeline:
        """A recording's faces at the fixed rate; see `load`."""
        return self.read(path)[0]

    def read(self, path: Path) -> tuple[Timeline, Facts]:
        """A recording's faces at the fixed rate, and where they come from; see `load`."""
        if not path.exists():
            raise InputError(f"There is no recording {path}: check the name.")
        timeline, facts = self._film(path) if is_film(path) else _of_table(path)
        if not timeline.seen():
            if self._kept is not None:
                self._kept.clear()
            raise InputError(f"{path} shows no face, so there is nothing to report.")
        return timeline, facts

    def _film(self, path: Path) -> tuple[Timeline, Facts]:
        from mimika.apps.cli._run import follow
        from mimika.apps.cli.console import notice, notice_once
        from mimika.apps.report.facts import Facts
        from mimika.pipeline.recognizer import Recognizer
        from mimika.sources.open import open_source
        from mimika.timeline.summary import Summary

        with open_source(path, rotate="auto") as source:
            if source.info.kind == "images":
                raise InputError(f"{path} is a picture: a recording is a film, or a table of one.")
            if self._recognizer is None:
                self._recognizer = Recognizer(self._settings)
            recognizer, summary = self._recognizer.fork(), Summary()
            if self._kept is not None:
                self._kept.recognize(source, recognizer, summary)
            else:
                notice(follow(source, recognizer, [], path.name, summary, self._language))
        notice_once(recognizer.notes)
        if source.incomplete and self._kept is None:
            notice(source.incomplete)
        return summary.timeline, Facts.of(path.name, recognizer)


def is_film(path: str | Path) -> bool:
    """Whether a recording is a film, so that it may have sound and pictures."""
    return Path(path).suffix.lower() not in table_suffixes()


def table_suffixes() -> frozenset[str]:
    """Endings of the tables that Mimika writes."""
    from mimika.sinks.table import SINKS
    from mimika.timeline.read import READERS

    return frozenset(suffix for option in READERS for suffix in SINKS[option].suffixes)


def recording_suffixes() -> frozenset[str]:
    """Endings of all recordings: films and tables."""
    from mimika.sources.listing import FILM_SUFFIXES

    return FILM_SUFFIXES | table_suffixes()


def rest_of(text: str | None, settings: Settings, language: str) -> Rest | None:
    """Read `--baseline`: seconds from the beginning, a span such as 60-90, or a recording.

    Raises:
        UsageError: the span ends before it begins.
        InputError: the recording cannot be read.
    """
    from mimika.timeline.measure import Rest

    if text is None:
        return None
    span = SPAN.fullmatch(text.strip())
    if span is None:
        return Rest(clip=load(text, settings, language)[0])
    begin_s, end_s = float(span[1] or 0), float(span[2])
    if end_s - begin_s < 1:
        raise UsageError(
            f"--baseline is a second long at least, such as 30 or 60-90, and {text} is not."
        )
    return Rest(begin_s, end_s)


def emotions_of(text: str | None, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Read `--emotions`: names in either language with commas between them.

    Raises:
        UsageError: the model knows no such emotion.
    """
    from mimika.labels.emotions import canonical

    if not text:
        return ()
    named = [name.strip() for name in text.split(",") if name.strip()]
    own = {canonical(label) or label: label for label in labels}
    unknown = [name for name in named if (canonical(name) or name) not in own]
    if unknown:
        raise UsageError(
            f"--emotions: there is no {unknown[0]!r} here; choose from {', '.join(labels)}."
        )
    return tuple(own[canonical(name) or name] for name in named)


def _of_table(file: Path) -> tuple[Timeline, Facts]:
    from mimika.apps.report.facts import Facts
    from mimika.timeline.files import is_timeline, read_timeline
    from mimika.timeline.read import read_results
    from mimika.timeline.resample import Timeline

    if file.suffix.lower() == ".parquet" and is_timeline(file):
        stored = read_timeline(file)
        return stored.timeline, Facts.stored(file.name, stored.about)
    timeline = Timeline()
    for result in read_results(file):
        timeline.add(result)
    return timeline, Facts(source=file.name)
