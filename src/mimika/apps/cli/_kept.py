"""What a report's film showed, kept in the report's folder until the report is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.cli._partial import Partial, clear_notes, note_of, options_of, read_note
from mimika.apps.cli._resume import Resumed
from mimika.apps.cli._run import follow, name_written
from mimika.apps.cli.console import Interrupted, notice
from mimika.apps.words import counted, word
from mimika.base.errors import MimikaError, OutputError
from mimika.base.files import remove

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.sources.frame import Source
    from mimika.timeline.summary import Summary

NAME = "recognized.parquet"


class KeptResults:
    """A film's results in a folder, and the note beside them that says how far they go.

    The block in which a report is made ends with neither, unless it fails: then what was recognized
    stays, the person is told so, and `resume` goes on from there.

    Attributes:
        incomplete: what was read of a film that breaks off, in a sentence; "" where it was whole.
    """

    def __init__(
        self,
        folder: Path,
        film: str,
        settings: Settings,
        language: str,
        *,
        resume: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Look at what an interrupted run left.

        Args:
            folder: of the report.
            film: as it was named.
            settings: how its faces are found and judged.
            language: of what is said.
            resume: go on with what was left.
            overwrite: begin again, whatever was left.

        Raises:
            OutputError: something was left, and neither is asked for.
            UsageError: what was left is of another film, or was begun with other settings.
        """
        self._file, self._film, self._language = folder / NAME, film, language
        self.incomplete = ""
        self._options = options_of(settings, None)
        left = Resumed(film, {"parquet": self._file}, self._options) if resume else None
        self._left = left if left is not None and left.frames else None
        if self._left is None and self._file.exists() and not overwrite:
            raise OutputError(
                f"{self._file} is there already: go on with --resume where an interrupted run "
                "left it, or begin again with --overwrite."
                if note_of(self._file).exists()
                else f"{self._file} is there already, and a report keeps its own results there "
                "meanwhile: give another folder, or --overwrite to replace it."
            )

    @property
    def goes_on(self) -> bool:
        """Whether something is there to go on with."""
        return self._left is not None

    def recognize(self, source: Source, recognizer: Recognizer, summary: Summary) -> None:
        """See the film to its end, or what an earlier run has not seen, and keep the results."""
        from mimika.sinks.open import open_sink

        left, resumed = self._left, None
        if left is None:
            clear_notes([self._file])
        else:
            resumed = left.recognizer(recognizer)
            done = counted("frames", left.frames, self._language)
            notice(word("resumed", self._language, title=self._film, frames=done))
        target = self._file if left is None else left.targets["parquet"]
        try:
            with open_sink(target, source.info, recognizer.schema) as sink:
                sinks, lang = [sink], self._language
                speed = follow(source, recognizer, sinks, self._film, summary, lang, resumed)
            notice(speed)
        finally:
            self.incomplete = source.incomplete
            if left is not None:
                left.finish(summary.frames)
            # The whole film has a note too: a file without one is never taken for a whole one.
            if summary.frames and (left is None or summary.frames >= left.frames):
                Partial(self._film, summary.frames, self._options).note([self._file])

    def clear(self) -> None:
        """Remove what was kept."""
        remove(self._file)
        clear_notes([self._file])

    def __enter__(self) -> KeptResults:
        """Begin the block in which the report is made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.clear()
            return
        note = read_note(self._file)
        if note is None or not isinstance(error, KeyboardInterrupt | MimikaError):
            return
        interrupted = isinstance(error, KeyboardInterrupt)
        if interrupted:
            frames = counted("frames", note.frames, self._language)
            notice(word("stopped", self._language, frames=frames))
        name_written([self._file], self._language)
        notice(word("resume_hint", self._language))
        if interrupted:
            raise Interrupted from error
