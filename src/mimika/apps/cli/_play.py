"""A moving source, in the window or straight to files."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from mimika.apps.cli._partial import Partial, clear_notes, options_of
from mimika.apps.cli._resume import Resumed
from mimika.apps.cli._run import follow, name_written, report
from mimika.apps.cli.console import Interrupted, notice, notice_once
from mimika.apps.words import counted, word
from mimika.base.errors import IncompleteInput, MimikaError
from mimika.timeline.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mimika.apps.cli._input import Reading
    from mimika.apps.cli._output import Output
    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.sources.frame import Source


class Opener(Protocol):
    """Opens a source."""

    def __call__(self, start_s: float | None = None, /) -> Source:
        """Open it; a film from a time in seconds, where one is given."""


def play(
    open_it: Opener,
    settings: Settings,
    output: Output,
    *,
    files: Mapping[str, Path],
    title: str,
    window: bool | None = None,
    recognizer: Recognizer | None = None,
    resume: bool = False,
    reading: Reading | None = None,
) -> None:
    """See a source to its end, write what was asked for, print the summary.

    What was written is kept when a film is interrupted or breaks: a note beside each file says
    how far it goes, and the summary so far is printed.

    Args:
        open_it: opens the source; a film from a time in seconds, where one is given.
        settings: how faces are found and judged.
        output: how results are written and printed.
        files: where they go, by the sink's option.
        title: what the progress bar and the window call it.
        window: show a window where there is a screen; None decides: a camera has one unless
            `no_window`, a film has one unless `no_window` or a file is asked for.
        recognizer: an open one; one by the settings where None.
        resume: go on with what an interrupted run left in the files.
        reading: how a film is read, as far as `open_it` follows it.

    Raises:
        NoDisplay: a camera without `no_window`, and there is no screen.
        Interrupted: Ctrl-C in the middle of a film.
        IncompleteInput: the film breaks off; its results are written and printed.
    """
    options = options_of(settings, reading)
    left = Resumed(title, files, options) if resume else None
    if left is not None and left.whole:
        notice(word("whole", output.lang, title=title))
        return
    _Play(settings, output, files, title, left, options).run(open_it, window, recognizer)


class _Play:
    """One run of one source."""

    def __init__(
        self,
        settings: Settings,
        output: Output,
        files: Mapping[str, Path],
        title: str,
        left: Resumed | None,
        options: str,
    ) -> None:
        self._settings, self._output = settings, output
        self._files, self._title, self._options = files, title, options
        self._left = left if left is not None and left.frames else None
        self._summary = Summary()
        self._live, self._whole, self._incomplete = False, True, ""

    def run(self, open_it: Opener, window: bool | None, recognizer: Recognizer | None) -> None:
        try:
            self._see(open_it, window, recognizer)
        except (KeyboardInterrupt, MimikaError) as error:
            self._take_over()
            if self._live or not self._summary.frames:
                raise
            interrupted = isinstance(error, KeyboardInterrupt)
            self._say_how_far("stopped" if interrupted else "broke")
            if interrupted:
                raise Interrupted from error
            raise
        self._take_over()
        if self._whole:
            clear_notes(self._files.values())
        if self._whole or not self._files:
            self._report()
        else:
            # Closing the window before a film's end is the user's decision and no failure.
            self._say_how_far("closed")
        if self._incomplete:
            raise IncompleteInput(self._incomplete)

    def _see(self, open_it: Opener, window: bool | None, recognizer: Recognizer | None) -> None:
        from mimika.pipeline.recognizer import Recognizer

        output, summary, speed = self._output, self._summary, ""
        with ExitStack() as stack:
            source = stack.enter_context(open_it())
            self._live = source.info.live
            recognizer = stack.enter_context(recognizer or Recognizer(self._settings))
            in_window = self._left is None and _in_window(source, output, self._files, window)
            targets = self._files if self._left is None else self._left.targets
            sinks = output.open_sinks(stack, source.info, recognizer.schema, targets)
            if in_window:
                from mimika.apps.window import show

                ended = show(
                    source,
                    recognizer,
                    sinks=sinks,
                    language=output.lang,
                    title=self._title,
                    summary=summary,
                    reopen=None if self._live else open_it,
                )
                self._whole = ended or self._live
            else:
                resumed = self._left.recognizer(recognizer) if self._left is not None else None
                if resumed is not None:
                    done = counted("frames", resumed.frames, output.lang)
                    notice(word("resumed", output.lang, title=self._title, frames=done))
                title, lang = self._title, output.lang
                speed = follow(source, recognizer, sinks, title, summary, lang, resumed)
            notice_once(recognizer.notes)
            self._incomplete = source.incomplete
        if speed:
            notice(speed)

    def _take_over(self) -> None:
        """Put what a resumed run wrote in the place of what was there."""
        if self._left is not None:
            self._left.finish(self._summary.frames)

    def _say_how_far(self, key: str) -> None:
        done = self._summary.frames
        if self._left is None or done >= self._left.frames:
            Partial(self._title, done, self._options).note(self._files.values())
        frames = counted("frames", done, self._output.lang)
        self._report(word(key, self._output.lang, frames=frames))
        if self._files:
            notice(word("resume_hint", self._output.lang))

    def _report(self, note: str = "") -> None:
        report(self._summary, self._output.lang)
        if note:
            notice(note)
        name_written(self._files.values(), self._output.lang)


def need_display() -> None:
    """Refuse where there is no screen.

    Raises:
        NoDisplay: there is none.
    """
    from mimika.apps.window import need_display as need

    need()


def _in_window(
    source: Source, output: Output, files: Mapping[str, Path], window: bool | None
) -> bool:
    from mimika.apps.window import has_display

    if output.no_window:
        return False
    if window is None and source.info.kind == "camera":
        need_display()
        return True
    wanted = not files if window is None else window
    return bool(wanted) and has_display()
