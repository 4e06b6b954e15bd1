"""report.html: one file that holds all it shows and loads nothing."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.report.colors import both
from mimika.apps.report.plane import plane
from mimika.apps.report.words import Words
from mimika.apps.words import clock
from mimika.base.version import __version__
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.apps.report.facts import Facts
    from mimika.timeline.baseline import Baseline
    from mimika.timeline.measure import Measured
    from mimika.timeline.moments import Moment
    from mimika.timeline.people import Person
    from mimika.timeline.reaction import Reaction

HERE = Path(__file__).parent
VENDOR = HERE.parent / "server" / "page" / "vendor"
GAP = 255
SHARE_SCALE = 250
REACTION_SCALE = 10
LEAST_SHARE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report shows.

    Attributes:
        measured: the recording.
        moments: the chosen moments, in their order.
        least: least strength of a moment.
        facts: where the values come from.
        thumbnails: a picture for each moment as a data address, None where it has none; empty
            where no pictures are wanted.
    """

    measured: Measured
    moments: Sequence[Moment]
    least: float
    facts: Facts
    thumbnails: Sequence[str | None] = ()


def render(report: Report, language: str) -> str:
    """Make the page's text.

    Args:
        report: what is shown.
        language: "en" or "ru".
    """
    from markupsafe import Markup

    measured, words = report.measured, Words(language)
    return template("report.html.j2").render(
        words=words,
        clock=clock,
        facts=report.facts,
        labels=measured.labels,
        colors={label: both(label) for label in measured.labels},
        people=[_person(measured, reaction, words) for reaction in measured.reactions],
        moments=report.moments,
        all_moments=len(measured.moments),
        least=report.least,
        thumbnails=report.thumbnails,
        duration_s=measured.duration_s,
        affect_measured=measured.affect_measured,
        version=__version__,
        style=style(),
        script=script("timeline.js"),
        data=Markup(as_json(_data(report, words))),
    )


def template(name: str) -> Any:
    """A page's template; what goes into it is escaped unless it is the page's own text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)


def shares(reaction: Reaction, labels: Sequence[str]) -> list[tuple[str, float]]:
    """Label to the share of the time seen in which it led, the largest first."""
    person = reaction.person
    leading = person.probabilities[person.seen].argmax(axis=1)
    counts = np.bincount(leading, minlength=len(labels)) / max(1, len(leading))
    ranked = sorted(zip(labels, counts.tolist(), strict=True), key=lambda item: -item[1])
    return [(label, share) for label, share in ranked if share >= LEAST_SHARE]


def rest(baseline: Baseline, words: Words) -> str:
    """Where a person's face at rest was found, in words."""
    span = (clock(baseline.begin_s), clock(baseline.end_s)) if baseline.origin in SPANS else ()
    return words(f"rest_{baseline.origin}", *span)


SPANS = ("calm", "given")


def _person(measured: Measured, reaction: Reaction, words: Words) -> dict[str, Any]:
    from markupsafe import Markup

    person = reaction.person
    return {
        "number": person.number,
        "seen": min(1.0, person.seen_s / measured.duration_s),
        "attention": None if person.attentive_s is None else measured.attention(reaction),
        "pose": _pose(person, words),
        "seen_s": person.seen_s,
        "rest": rest(reaction.baseline, words),
        "shares": shares(reaction, measured.labels),
        "plane": Markup(plane(person, words)),
    }


def _pose(person: Person, words: Words) -> list[str]:
    """Median of each angle of the head, and where its middle 90% lie; empty without meshes."""
    if not np.isfinite(person.pose).any():
        return []
    low, middle, high = np.nanpercentile(person.pose, (5, 50, 95), axis=0)
    return [
        words.number(round(float(each)), 0)
        for each in np.stack([middle, low, high], axis=1).ravel()
    ]


def _data(report: Report, words: Words) -> dict[str, Any]:
    measured = report.measured
    return {
        "rate": RATE_HZ,
        "begin": round(measured.begin_s * RATE_HZ),
        "end": round(measured.end_s * RATE_HZ) + 1,
        "labels": measured.labels,
        "least": report.least,
        "share_scale": SHARE_SCALE,
        "reaction_scale": REACTION_SCALE,
        "colors": {label: both(label) for label in measured.labels},
        "words": {
            "gap": words("gap"),
            "reaction": words("reaction"),
            "percent": words.all["percent"],
            "emotions": {label: words.emotion(label) for label in measured.labels},
        },
        "moments": [moment.to_dict() for moment in report.moments],
        "people": [
            {
                "number": reaction.person.number,
                "begin": reaction.person.begin,
                "probabilities": _bytes(reaction.person.probabilities.T, SHARE_SCALE),
                "reaction": _bytes(reaction.total, REACTION_SCALE),
            }
            for reaction in measured.reactions
        ],
    }


def _bytes(values: NDArray[np.floating], scale: int) -> str:
    """Values from 0 as bytes in base64, `GAP` where there is none."""
    scaled = np.nan_to_num(values * scale, nan=GAP).round().clip(0, GAP)
    scaled[np.isfinite(values)] = scaled[np.isfinite(values)].clip(0, GAP - 1)
    return base64.b64encode(scaled.astype(np.uint8).tobytes()).decode("ascii")


def style() -> Any:
    """The style of all pages, to be put into one as it is."""
    from markupsafe import Markup

    own = (HERE / "page.css").read_text(encoding="utf-8")
    return Markup((VENDOR / "uPlot.min.css").read_text(encoding="utf-8") + own)


def script(name: str) -> Any:
    """The chart library, what all pages share and a page's own script, as one module."""
    from markupsafe import Markup

    library = (VENDOR / "uPlot.esm.js").read_text(encoding="utf-8")
    library = library.replace("export { uPlot as default };", "")
    own = ((HERE / each).read_text(encoding="utf-8") for each in ("charts.js", name))
    return Markup(library + "".join(own))


def as_json(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
