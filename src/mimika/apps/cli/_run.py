"""What all verbs that recognise share: a run without a window, and the closing table."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mimika.apps.cli.console import err, is_quiet, notice, out
from mimika.timeline.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.table import Table

    from mimika.pipeline.process import Progress
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import Source, SourceInfo
    from mimika.timeline.moments import Moment

PEOPLE_SHOWN = 20


def follow(source: Source, recognizer: Recognizer, sinks: Sequence[Sink], title: str) -> Summary:
    """Recognise a whole source without a window, with a progress bar, and fill the sinks.

    Ctrl-C is passed on, but for live sources, where it is the way to end.
    """
    from mimika.pipeline.process import process

    summary = Summary()
    began = time.monotonic()
    try:
        with _progress(source.info, title) as tell:
            process(source, sinks=sinks, recognizer=recognizer, summary=summary, on_progress=tell)
    except KeyboardInterrupt:
        if not source.info.live:
            notice("Stopped; what was written until here is kept.")
            raise
    took_s = time.monotonic() - began
    for warning in source.warnings:
        notice(warning)
    rate = summary.frames / took_s if took_s else 0.0
    notice(
        f"{summary.frames} frames in {took_s:.1f} s, {rate:.0f} a second, on {recognizer.engine}."
    )
    return summary


def say_written(paths: Iterable[Path]) -> None:
    """Name the files that were written."""
    for path in paths:
        if path.exists():
            notice(f"Wrote {path}")


def report(summary: Summary, language: str = "en") -> None:
    """Print who was seen, what they showed, and the strongest moments."""
    from rich.table import Table

    from mimika.labels.emotions import translate

    if not summary.people:
        out.print("No face was seen.")
        return
    table = Table(title=f"Faces in {summary.frames} frames")
    for heading in ("face", "from", "to", "frames"):
        table.add_column(heading, justify="right")
    table.add_column("emotions")
    ranked = sorted(summary.people.items(), key=lambda item: -item[1].frames)
    for number, person in ranked[:PEOPLE_SHOWN]:
        shares = ", ".join(
            f"{translate(emotion, language)} {share:.0%}"
            for emotion, share in person.shares().items()
            if share >= 0.005
        )
        table.add_row(
            str(number), clock(person.first_s), clock(person.last_s), str(person.frames), shares
        )
    out.print(table)
    if len(ranked) > PEOPLE_SHOWN:
        out.print(f"… and {len(ranked) - PEOPLE_SHOWN} more, seen for shorter.")
    if summary.moments:
        out.print(moments_table(summary.moments, language))


def moments_table(moments: Sequence[Moment], language: str = "en") -> Table:
    """The table of moments: when, whose face, which emotion, how strong."""
    from rich.table import Table

    from mimika.labels.emotions import translate

    table = Table(
        title="Strongest moments", caption="strength: in spreads of the face at rest", min_width=44
    )
    for heading in ("from", "peak", "to", "face", "emotion", "strength"):
        table.add_column(heading, justify="left" if heading == "emotion" else "right")
    for moment in moments:
        table.add_row(
            clock(moment.onset_s),
            clock(moment.peak_s),
            clock(moment.end_s),
            str(moment.track_id),
            translate(moment.emotion, language),
            f"{moment.strength:.1f}",
        )
    return table


@contextmanager
def _progress(info: SourceInfo, title: str) -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar on standard error, where someone looks at it."""
    from rich.progress import Progress as Bar

    if is_quiet() or info.live or not err.is_terminal:
        yield None
        return
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(title, total=info.frames)
        yield lambda progress: bar.update(task, completed=progress.frames)


def clock(seconds: float) -> str:
    """Seconds as 1:02:03.4, without the hours where there are none."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
