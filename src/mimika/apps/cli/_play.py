"""A moving source, in the window or straight to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mimika.base.errors import IncompleteInput, MimikaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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

    Raises:
        NoDisplay: a camera without `no_window`, and there is no screen.
        Interrupted: Ctrl-C in the middle of a film.
        IncompleteInput: the film breaks off; its results are written and printed.
    """
    from contextlib import ExitStack

    from mimika.apps.cli._partial import Partial, clear_notes
    from mimika.apps.cli._run import follow, name_written, report
    from mimika.apps.cli.console import Interrupted, notice
    from mimika.apps.words import counted, word
    from mimika.pipeline.recognizer import Recognizer
    from mimika.timeline.summary import Summary

    summary, live, whole = Summary(), False, True
    try:
        with ExitStack() as stack:
            source = stack.enter_context(open_it())
            live = source.info.live
            recognizer = stack.enter_context(recognizer or Recognizer(settings))
            in_window = _in_window(source, output, bool(files), window)
            sinks = output.open_sinks(stack, source.info, recognizer.schema, files)
            for note in recognizer.notes:
                notice(note)
            if in_window:
                from mimika.apps.window import show

                whole = show(
                    source,
                    recognizer,
                    sinks=sinks,
                    language=output.lang,
                    title=title,
                    summary=summary,
                    reopen=None if live else open_it,
                )
            else:
                follow(source, recognizer, sinks, title, summary, output.lang)
    except (KeyboardInterrupt, MimikaError) as error:
        if live or not summary.frames:
            raise
        Partial(title, summary.frames).note(files.values())
        report(summary, output.lang)
        interrupted = isinstance(error, KeyboardInterrupt)
        so_far = counted("frames", summary.frames, output.lang)
        notice(word("stopped" if interrupted else "broke", output.lang, frames=so_far))
        name_written(files.values(), output.lang)
        if interrupted:
            raise Interrupted from error
        raise
    if whole or live:
        clear_notes(files.values())
    else:
        Partial(title, summary.frames).note(files.values())
    report(summary, output.lang)
    name_written(files.values(), output.lang)
    if source.incomplete:
        raise IncompleteInput(source.incomplete)


def need_display() -> None:
    """Refuse where there is no screen.

    Raises:
        NoDisplay: there is none.
    """
    from mimika.apps.window import need_display as need

    need()


def _in_window(source: Source, output: Output, written: bool, window: bool | None) -> bool:
    from mimika.apps.window import has_display

    if output.no_window:
        return False
    if window is None and source.info.kind == "camera":
        need_display()
        return True
    wanted = not written if window is None else window
    return bool(wanted) and has_display()
