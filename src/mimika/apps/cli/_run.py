"""What all verbs that recognize share: a run without a window, and the closing tables."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mimika.apps.cli.console import err, is_quiet, notice, out, shown
from mimika.apps.words import clock, counted, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.console import JustifyMethod
    from rich.table import Table

    from mimika.pipeline.process import Progress, SeesFrames
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import Source, SourceInfo
    from mimika.timeline.measure import Measured
    from mimika.timeline.moments import Moment
    from mimika.timeline.summary import Summary

PEOPLE_SHOWN = 20
LINE_EVERY_S = 10.0
NARROW = 60
"""Columns of a terminal from which on tables have lines."""


def follow(
    source: Source,
    recognizer: Recognizer,
    sinks: Sequence[Sink],
    title: str,
    summary: Summary,
    language: str,
    resumed: SeesFrames | None = None,
) -> str:
    """Recognize a whole source without a window, saying how far it is, and fill the sinks.

    Ctrl-C is passed on, but for live sources, where it is the way to end.

    Returns:
        How fast it was, a sentence for when the sinks are closed and all is kept.
    """
    from mimika.pipeline.process import process

    began = time.monotonic()
    try:
        with _progress(source.info, title, language) as show_progress:
            process(
                source,
                sinks=sinks,
                recognizer=resumed or recognizer,
                summary=summary,
                on_progress=show_progress,
            )
    except KeyboardInterrupt:
        if not source.info.live:
            raise
    took_s = time.monotonic() - began
    for warning in source.warnings:
        # That a film breaks off is said at the end, as an error.
        if warning != source.incomplete:
            notice(warning)
    return word(
        "speed",
        language,
        frames=counted("frames", summary.frames, language),
        seconds=took_s,
        rate=summary.frames / took_s if took_s else 0.0,
        engine=recognizer.engine,
    )


def name_written(paths: Iterable[Path], language: str) -> None:
    """Name the files that were written."""
    for path in paths:
        if path.exists():
            notice(word("wrote", language, path=path))


def report(summary: Summary, language: str = "en") -> None:
    """Print who was seen, what they showed, and the strongest moments."""
    from mimika.labels.emotions import translate

    if not summary.people:
        out.print(word("none_seen", language))
        return
    frames = counted("frames", summary.frames, language)
    table = _table(title=word("faces_in", language, frames=frames))
    for key in ("face", "from", "to", "count"):
        table.add_column(word(key, language), justify="right", no_wrap=True)
    table.add_column(word("emotions", language), overflow="fold")
    ranked = sorted(summary.people.items(), key=lambda item: -item[1].frames)
    for number, person in ranked[:PEOPLE_SHOWN]:
        shares = ", ".join(
            f"{shown(translate(emotion, language))} {share:.0%}"
            for emotion, share in person.shares().items()
            if share >= 0.005
        )
        table.add_row(
            str(number), clock(person.first_s), clock(person.last_s), str(person.frames), shares
        )
    out.print(table)
    if len(ranked) > PEOPLE_SHOWN:
        out.print(word("more_faces", language, count=len(ranked) - PEOPLE_SHOWN))
    if summary.moments:
        out.print(moments_table(summary.moments, language))


def moments_table(
    moments: Sequence[Moment], language: str = "en", *, joined: bool = False
) -> Table:
    """The table of moments: when, whose face, which emotion, how strong.

    Args:
        moments: the moments.
        language: "en" or "ru".
        joined: name people, who may have had several faces' numbers, instead of faces.
    """
    from mimika.labels.emotions import translate

    title, caption = word("moments", language), word("strength_unit", language)
    table = _table(title=title, caption=caption)
    whose = "person" if joined else "face"
    for key in ("from", "peak", "to", whose, "emotion", "strength"):
        justify: JustifyMethod = "left" if key == "emotion" else "right"
        folds = key in ("emotion", "strength")
        table.add_column(word(key, language), justify=justify, no_wrap=not folds, overflow="fold")
    for moment in moments:
        table.add_row(
            clock(moment.onset_s),
            clock(moment.peak_s),
            clock(moment.end_s),
            str(moment.person if joined else moment.track_id),
            shown(translate(moment.emotion, language)),
            f"{moment.strength:.1f}",
        )
    return table


def attention_table(measured: Measured, language: str = "en") -> Table:
    """The table of the people: for how long each was seen, and how attentive."""
    from mimika.timeline.attention import FACING_PITCH, FACING_YAW

    meshes = any(r.person.attentive_s is not None for r in measured.reactions)
    how = "attention_mesh" if meshes else "attention_seen"
    caption = word(how, language, yaw=FACING_YAW, pitch=FACING_PITCH)
    table = _table(title=word("people", language), caption=caption)
    for key in ("person", "seen", "attention"):
        table.add_column(word(key, language), justify="right", no_wrap=True)
    for reaction in measured.reactions:
        person = reaction.person
        share = f"{measured.attention(reaction):.0%}"
        table.add_row(str(person.number), clock(person.seen_s), share)
    return table


def _table(**options: str) -> Table:
    """A table; without lines where the terminal is too narrow for them and the numbers."""
    from rich.table import Table

    if out.width < NARROW:
        return Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, **options)  # type: ignore[arg-type]
    return Table(min_width=44, **options)  # type: ignore[arg-type]


@contextmanager
def _progress(
    info: SourceInfo, title: str, language: str
) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error where someone looks at it, else a line every ten seconds."""
    if is_quiet() or (info.live and err.is_terminal):
        yield None
        return
    if not err.is_terminal:
        yield _line_by_line(title, language)
        return
    from rich.markup import escape
    from rich.progress import Progress as Bar

    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(escape(shown(title)), total=info.frames)
        yield lambda progress: bar.update(task, completed=progress.frames)


def _line_by_line(title: str, language: str) -> Callable[[Progress], None]:
    began = printed = time.monotonic()

    def print_line(progress: Progress) -> None:
        nonlocal printed
        now = time.monotonic()
        if now - printed < LINE_EVERY_S:
            return
        printed = now
        values = {"title": title, "done": progress.frames, "rate": progress.frames / (now - began)}
        if progress.share is None:
            notice(word("progress_open", language, **values))
        else:
            share = {"share": progress.share, "total": progress.total}
            notice(word("progress", language, **values, **share))

    return print_line
