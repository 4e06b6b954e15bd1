"""Plots for slides, as PNG and SVG files."""

from __future__ import annotations

import re
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.report.colors import hex_color, on_white
from mimika.apps.report.page import shares
from mimika.apps.report.words import Words
from mimika.apps.words import clock
from mimika.base.files import remove, replacing
from mimika.labels.emotions import color

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.apps.report.page import Report
    from mimika.timeline.reaction import Reaction

POINTS = 1200
"""Most points of a line: a slide has no more pixels."""

LABEL_LETTERS = 20
"""Most letters of a line beside an axis, so that it is no longer than the axis."""

SUFFIXES = (".png", ".svg")
PLOT = re.compile(r"(timeline|shares)(-\d+)?\.(png|svg)")


def write_plots(folder: Path, report: Report, language: str) -> list[Path]:
    """Write each person's timeline and shares, `timeline.png`, or `timeline-2.png` of person 2.

    Plots that an earlier report left of further people are removed.

    Returns:
        The files.

    Raises:
        OutputError: a file cannot be written.
    """
    words, written = Words(language), []
    for reaction in report.measured.reactions:
        number = reaction.person.number
        ending = f"-{number}" if len(report.measured.reactions) > 1 else ""
        for name, figure in (
            ("timeline", _timeline(report, reaction, words)),
            ("shares", _shares(report, reaction, words)),
        ):
            figure.draw_without_rendering()  # Lays it out, once for both files.
            figure.set_layout_engine("none")
            for suffix in SUFFIXES:
                path = folder / f"{name}{ending}{suffix}"
                with replacing(path) as part:
                    figure.savefig(part, dpi=150)
                written.append(path)
    for path in folder.iterdir():
        if PLOT.fullmatch(path.name) and path not in written:
            remove(path)
    return written


def _timeline(report: Report, reaction: Reaction, words: Words) -> Any:
    figure = _figure(11, 5)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
    person = reaction.person
    times_s, total = thinned(person.times_s, reaction.total)
    upper.plot(times_s, total, color="#33373f", linewidth=1)
    upper.axhline(report.least, color="#33373f", linewidth=0.8, linestyle="--")
    upper.set_ylabel(fill(f"{words('reaction')}, {words('reaction_unit')}", LABEL_LETTERS))
    upper.set_ylim(0)
    for column, label in enumerate(report.measured.labels):
        times_s, values = thinned(person.times_s, person.probabilities[:, column])
        shade = hex_color(on_white(color(label)))
        lower.plot(times_s, values, color=shade, linewidth=1.2, label=words.emotion(label))
    lower.set_ylabel(words("probability"))
    lower.set_ylim(0, 1)
    for moment in report.moments:
        if moment.person == person.number:
            shade = hex_color(on_white(color(moment.emotion)))
            for axes in (upper, lower):
                axes.axvspan(moment.onset_s, moment.end_s, color=shade, alpha=0.2, linewidth=0)
    lower.set_xlim(report.measured.begin_s, max(report.measured.end_s, report.measured.begin_s + 1))
    lower.xaxis.set_major_formatter(lambda value, _: clock(value).removesuffix(".0"))
    figure.legend(loc="outside lower center", ncols=5, frameon=False)
    return figure


def _shares(report: Report, reaction: Reaction, words: Words) -> Any:
    figure = _figure(6, 4)
    axes = figure.subplots()
    ranked = shares(reaction, report.measured.labels)[::-1]
    axes.barh(
        [words.emotion(label) for label, _ in ranked],
        [100 * share for _, share in ranked],
        color=[hex_color(on_white(color(label))) for label, _ in ranked],
    )
    axes.set_xlabel(f"{words('share')}, %")
    return figure


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def thinned(
    times_s: NDArray[np.float64], values: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """At most `POINTS` points of a line: the lowest and the highest of each stretch, gaps kept.

    Args:
        times_s: (T,) times.
        values: (T,) values, NaN in gaps.
    """
    length = -(-len(values) * 2 // POINTS)
    if length <= 2:
        return times_s, values
    count = -(-len(values) // length)
    padded = np.pad(values, (0, count * length - len(values)), constant_values=np.nan)
    parts = padded.reshape(count, length)
    rows = np.arange(count) * length
    low = rows + np.where(np.isnan(parts), np.inf, parts).argmin(axis=1)
    high = rows + np.where(np.isnan(parts), -np.inf, parts).argmax(axis=1)
    both = np.sort(np.stack([low, high], axis=1), axis=1).ravel()
    return times_s[both], values[both]
