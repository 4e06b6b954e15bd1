"""All files of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.report.page import render
from mimika.apps.report.plots import write_plots
from mimika.base.errors import MissingExtra
from mimika.base.files import replacing
from mimika.timeline.files import write_moments, write_timeline

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.apps.report.page import Report

PAGE = "report.html"
TIMELINE = "timeline.parquet"
MOMENTS = "moments.csv"
NEEDED = ("jinja2", "matplotlib", "pyarrow")


def check_packages() -> None:
    """Find out before the work whether all that a report needs is installed.

    Raises:
        MissingExtra: it is not.
    """
    from importlib.util import find_spec

    if not all(find_spec(package) for package in NEEDED):
        raise MissingExtra("A report", "report")


def files_in(folder: Path) -> list[Path]:
    """The files that every report has; those of the plots depend on the people."""
    return [folder / PAGE, folder / TIMELINE, folder / MOMENTS]


def write_report(folder: Path, report: Report, language: str) -> list[Path]:
    """Write the page, the plots and the tables.

    Args:
        folder: where they go; made where it is missing.
        report: what is shown.
        language: of the page and the plots, "en" or "ru".

    Returns:
        The files, the page first.

    Raises:
        OutputError: a file cannot be written.
    """
    text = render(report, language)
    write_timeline(folder / TIMELINE, report.measured, report.facts.to_dict())
    write_moments(folder / MOMENTS, report.moments)
    plots = write_plots(folder, report, language)
    # The page last: whoever finds it finds the rest.
    with replacing(folder / PAGE) as part:
        part.write_text(text, encoding="utf-8")
    return [*files_in(folder), *plots]
