"""All files of an audience's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.report.audience_page import AudienceReport, render_audience
from mimika.audience.files import (
    MOMENT_COLUMNS,
    write_curves,
    write_rows,
    write_viewers,
)
from mimika.base.errors import MissingExtra
from mimika.base.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.audience.collect import Collected

PAGE = "audience.html"
CURVES = "curves.parquet"
MOMENTS = "moments.csv"
PRIVATE = "private"
VIEWERS = "viewers.csv"
NEEDED = ("jinja2", "pyarrow", "scipy", "opentimelineio")


def check_packages() -> None:
    """Find out before the work whether all that is needed is installed.

    Raises:
        MissingExtra: it is not.
    """
    from importlib.util import find_spec

    if not all(find_spec(package) for package in NEEDED):
        raise MissingExtra("An audience", "audience")


def files_in(folder: Path) -> list[Path]:
    """The files that every audience has."""
    return [folder / PAGE, folder / CURVES, folder / MOMENTS]


def write_audience(
    folder: Path, report: AudienceReport, collected: Collected, language: str
) -> list[Path]:
    """Write the page and the tables; what names viewers goes into the folder `private`.

    Raises:
        OutputError: a file cannot be written.
    """
    study = report.study
    private = folder / PRIVATE / VIEWERS
    write_curves(folder / CURVES, study)
    write_rows(folder / MOMENTS, MOMENT_COLUMNS, [moment.to_dict() for moment in study.moments])
    write_viewers(private, collected, {})
    # The page last: whoever finds it finds the rest.
    text = render_audience(report, language)
    with replacing(folder / PAGE) as part:
        part.write_text(text, encoding="utf-8")
    return [*files_in(folder), private]
