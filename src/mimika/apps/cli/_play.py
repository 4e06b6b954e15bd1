"""A moving source, in the window or straight to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimika.apps.cli._output import Output
    from mimika.pipeline.settings import Settings
    from mimika.sources.frame import Source


def play(
    open_it: Callable[[], Source],
    settings: Settings,
    output: Output,
    *,
    title: str,
    window: bool | None = None,
) -> None:
    """See a source to its end, write what was asked for, print the summary.

    Args:
        open_it: opens the source.
        settings: how faces are found and judged.
        output: where results go.
        title: what the progress bar and the window call it.
        window: show a window where there is a screen; None decides: a camera has one unless
            `no_window`, a film has one unless `no_window` or a file is asked for.

    Raises:
        NoDisplay: a camera without `no_window`, and there is no screen.
    """
    from contextlib import ExitStack

    from mimika.apps.cli._run import follow, report, say_written
    from mimika.apps.cli.console import notice
    from mimika.pipeline.recognizer import Recognizer

    with ExitStack() as stack:
        source = stack.enter_context(open_it())
        recognizer = stack.enter_context(Recognizer(settings))
        sinks = output.open_sinks(stack, source.info, recognizer.schema)
        for note in recognizer.notes:
            notice(note)
        if _in_window(source, output, window):
            from mimika.apps.window import show

            summary = show(source, recognizer, sinks=sinks, language=output.lang, title=title)
        else:
            summary = follow(source, recognizer, sinks, title)
    report(summary, output.lang)
    say_written(output.files.values())


def need_display() -> None:
    """Refuse where there is no screen.

    Raises:
        NoDisplay: there is none.
    """
    from mimika.apps.window import need_display as need

    need()


def size_of(text: str | None) -> tuple[int, int] | None:
    """Read a size such as "1280x720" as (width, height) in pixels.

    Raises:
        UsageError: it is no such size.
    """
    if text is None:
        return None
    width, cross, height = text.lower().replace("×", "x").partition("x")
    if not (cross and width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise UsageError(f"--size is a width and a height such as 1280x720, and {text!r} is not.")
    return int(width), int(height)


def _in_window(source: Source, output: Output, window: bool | None) -> bool:
    from mimika.apps.window import has_display

    if output.no_window:
        return False
    if window is None and source.info.kind == "camera":
        need_display()
        return True
    wanted = not output.files if window is None else window
    return bool(wanted) and has_display()
