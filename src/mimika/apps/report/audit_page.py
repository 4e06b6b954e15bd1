"""audit.html: what `mimika audit` found, as one file that loads nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mimika.apps.report.curve import curve, reliability_curve
from mimika.apps.report.page import style, template
from mimika.base.errors import MissingExtra
from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAGE = "audit.html"
VALUES = "audit.json"


def check_packages() -> None:
    """Find out before the work whether the page can be made.

    Raises:
        MissingExtra: it cannot.
    """
    from importlib.util import find_spec

    if find_spec("jinja2") is None:
        raise MissingExtra("An audit's report", "evaluate")


def files_in(folder: Path) -> list[Path]:
    """The files of an audit."""
    return [folder / PAGE, folder / VALUES]


def write_audit(folder: Path, found: Mapping[str, Any]) -> list[Path]:
    """Write the page and the values.

    Args:
        folder: where they go; made where it is missing.
        found: as `mimika.training.audit.audit.audit` gives it.

    Returns:
        The files, the page first.

    Raises:
        OutputError: a file cannot be written.
    """
    text = render_audit(found)
    page, values = files_in(folder)
    with replacing(values) as part:
        part.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    # The page last: whoever finds it finds the values.
    with replacing(page) as part:
        part.write_text(text, encoding="utf-8")
    return [page, values]


def render_audit(found: Mapping[str, Any]) -> str:
    """Make the page's text."""
    from markupsafe import Markup

    clean = found["clean"]
    whole = ("clean", clean["accuracy"], tuple(clean["intervals"]["accuracy"]))
    curves = [
        (each, Markup(curve([whole, *_points(each["grades"])], _label(each))))
        for each in found["robustness"]
    ]
    bins = [(b["confidence"], b["accuracy"], b["n"]) for b in found["calibration"]["reliability"]]
    return template("audit.html.j2").render(
        found=found,
        classes=[(name, own) for name, own in clean["per_class"].items() if own["n"]],
        curves=curves,
        reliability=Markup(reliability_curve(bins, "How often answers are right, by confidence")),
        percent=percent,
        between=between,
        style=style(),
    )


def percent(share: float) -> str:
    """A share from 0 to 1 in per cent."""
    return f"{100 * share:.1f}%"


def between(interval: Sequence[float] | None) -> str:
    """An interval of shares in per cent, "" where there is none."""
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}" if interval else ""


def _points(grades: Sequence[Mapping[str, Any]]) -> list[tuple[str, float, tuple[float, float]]]:
    return [
        (grade["written"], grade["accuracy"]["value"], tuple(grade["accuracy"]["interval"]))
        for grade in grades
    ]


def _label(each: Mapping[str, Any]) -> str:
    grades = (f"{g['written']}: {percent(g['accuracy']['value'])}" for g in each["grades"])
    return f"Accuracy with {each['name']}: {', '.join(grades)}"
