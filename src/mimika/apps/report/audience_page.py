"""audience.html: what moved the viewers of a film, without showing any of them."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.report.colors import both
from mimika.apps.report.page import as_json, script, style, template
from mimika.apps.report.words import Words
from mimika.apps.words import clock
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.apps.report.strip import StripFrame
    from mimika.apps.report.thumbnails import Thumbnail
    from mimika.audience.cuts import Clip
    from mimika.audience.moments import FilmMoment
    from mimika.audience.study import Study

SCALE = 1000
GAP = -32768
MOST_VALUES = 9000
"""Values of a curve on the page: two a second of a film of an hour and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceReport:
    """What the page shows.

    Attributes:
        study: the audience.
        film: the film's name.
        film_address: where the film lies, seen from the page; "" where it is not beside it.
        strip: key frames of the film.
        clips: the cut list, None where none was made.
        left_out: how many recordings could not be used.
        least: least effect of a moment.
        shifts: how many shifted audiences p comes from.
        placed: by what each viewer's recording was put on the film's clock (`Alignment.source`).
        thumbnails: for each moment faces of viewers; empty where none are wanted.
    """

    study: Study
    film: str
    film_address: str = ""
    strip: Sequence[StripFrame] = ()
    clips: Sequence[Clip] | None = None
    left_out: int = 0
    least: float
    shifts: int
    placed: Sequence[str] = ()
    thumbnails: Sequence[Sequence[Thumbnail]] = ()


def render_audience(report: AudienceReport, language: str) -> str:
    """Make the page's text in a language, "en" or "ru"."""
    from markupsafe import Markup

    study, words = report.study, Words(language)
    emotions = study.stack.emotions
    rows = [_moment(number, moment, words) for number, moment in enumerate(study.moments)]
    return template("audience.html.j2").render(
        words=words,
        clock=clock,
        film=report.film,
        film_address=report.film_address,
        strip=report.strip,
        viewers=len(study.stack.groups),
        emotions=emotions,
        colors={label: both(label) for label in emotions},
        groups=[(name, study.stack.groups.count(name)) for name in study.groups],
        differences=_differences(study, words),
        moments=[row for row in rows if not row["by_chance"]],
        others=[row for row in rows if row["by_chance"]],
        thumbnails=report.thumbnails,
        placed=_placed(report.placed, words),
        tested=study.tested,
        lag=study.lag,
        least=report.least,
        splits=_splits(study, words),
        attentive=study.stack.attentive is not None,
        attention=_attention(study, words),
        cut=_cut(report.clips, words),
        shifts=report.shifts,
        left_out=report.left_out,
        style=style(),
        script=script("audience.js"),
        data=Markup(as_json(_data(study, words))),
    )


def _moment(row: int, moment: FilmMoment, words: Words) -> dict[str, Any]:
    number = words.number
    known = np.isfinite(moment.low)
    p = moment.p
    return {
        "row": row,
        "by_chance": moment.by_chance,
        "emotion": moment.emotion,
        "onset_s": max(0.0, moment.onset_s),
        "peak_s": max(0.0, moment.peak_s),
        "end_s": max(0.0, moment.end_s),
        "share": moment.share,
        "effect": moment.effect,
        "band": f"{number(moment.low)} – {number(moment.high)}" if known else "–",
        "synchrony": number(moment.synchrony, 2) if np.isfinite(moment.synchrony) else "–",
        "p": words("p_unknown") if p is None else number(p, 3),
    }


def _placed(sources: Sequence[str], words: Words) -> str:
    """How many viewers were placed by what."""
    counts = Counter(sources)
    return "; ".join(words(f"placed_{source}", counts[source]) for source in sorted(counts))


def _attention(study: Study, words: Words) -> str:
    """The viewers' mean share of the film in which they watched, and how that was seen."""
    stack = study.stack
    counts = stack.watching if stack.attentive is None else stack.attentive
    key = "watched_seen" if stack.attentive is None else "watched_attentive"
    share = float(counts.mean()) / len(stack.groups)
    return words(key, words.percent(share), *words.facing)


def _differences(study: Study, words: Words) -> list[str]:
    lines = []
    for (one, other), curve in study.differences.items():
        if not np.isfinite(curve.mean).any():
            continue
        at = int(np.nanargmax(np.abs(curve.mean)))
        values = [words.number(float(v[at])) for v in (curve.mean, curve.low, curve.high)]
        time = clock(max(0.0, at / RATE_HZ - study.lag.seconds))
        key = "difference" if np.isfinite(curve.low[at]) else "difference_alone"
        lines.append(words(key, one, other, *values, time))
    return lines


def _splits(study: Study, words: Words) -> list[str]:
    return [
        words(
            "split_line",
            clock(max(0.0, split.onset_s)),
            clock(max(0.0, split.end_s)),
            words.percent(split.shares[0]),
            words.emotion(split.emotions[0]),
            words.percent(split.shares[1]),
            words.emotion(split.emotions[1]),
        )
        for split in study.splits
    ]


def _cut(clips: Sequence[Clip] | None, words: Words) -> dict[str, Any] | None:
    if clips is None:
        return None
    total_s = sum(clip.duration_s for clip in clips)
    return {
        "total": words("cut_total", len(clips), clock(total_s)),
        "lines": [
            words("cut_line", clock(clip.begin_s), clock(clip.end_s), words.emotion(clip.emotion))
            for clip in clips
        ],
    }


def _data(study: Study, words: Words) -> dict[str, Any]:
    stack = study.stack
    step = max(1, -(-len(stack.times_s) // MOST_VALUES))
    columns: dict[str, NDArray[Any]] = {
        "mean": study.reaction.mean,
        "low": study.reaction.low,
        "high": study.reaction.high,
        "synchrony": study.synchrony,
        "watching": stack.watching.astype(np.float32) / 100,
    }
    if stack.attentive is not None:
        columns["attentive"] = stack.attentive.astype(np.float32) / 100
    for emotion, curve in zip(stack.emotions, study.emotions, strict=True):
        columns[f"emotion {emotion}"] = curve.mean
    for group, curve in study.groups.items():
        columns[f"group {group}"] = curve.mean
    return {
        "step_s": step / RATE_HZ,
        "begin_s": -study.lag.seconds,
        "scale": SCALE,
        "gap": GAP,
        "emotions": stack.emotions,
        "groups": dict.fromkeys(study.groups, ""),
        "colors": {label: both(label) for label in stack.emotions},
        "moments": [
            {
                "onset_s": m.onset_s,
                "end_s": m.end_s,
                "emotion": m.emotion,
                "by_chance": m.by_chance,
            }
            for m in study.moments
        ],
        "words": {
            "reaction": words("reaction"),
            "synchrony": words("synchrony"),
            "watching": words("watching"),
            "attentive": words("attentive_short"),
            "emotions": {label: words.emotion(label) for label in stack.emotions},
        },
        "columns": {name: _numbers(values[::step]) for name, values in columns.items()},
    }


def _numbers(values: NDArray[Any]) -> str:
    """Thousandths as 16-bit whole numbers, little-endian, in base64; `GAP` where there is none."""
    known = np.isfinite(values)
    scaled = np.where(known, np.nan_to_num(values) * SCALE, GAP).round().clip(GAP, 32767)
    return base64.b64encode(scaled.astype("<i2").tobytes()).decode("ascii")
