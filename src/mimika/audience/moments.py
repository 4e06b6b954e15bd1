"""What moved an audience: intervals of the film, and those in which viewers split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.audience.curves import STEP, Curve
from mimika.audience.significance import LEAST_WATCHING
from mimika.timeline.moments import LEAST_STRENGTH, intervals
from mimika.timeline.reaction import moving_mean
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.audience.significance import Null
    from mimika.audience.stack import Stack

LEAST_EFFECT = 1.0
"""Least mean departure of a moment, in spreads at rest."""

SMOOTHED_S = 1.0
"""Viewers react at different times; a mean over them is smoothed over this long."""

MOST_P = 0.05

SPLIT_SHARE = 0.25
SPLIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmMoment:
    """An interval of the film that moved the audience.

    Attributes:
        onset_s: where it begins, in film time, the viewers' lag taken off.
        peak_s: where it is strongest, likewise.
        end_s: where it ends, likewise.
        emotion: the emotion.
        effect: mean departure over the viewers at the peak, in spreads at rest.
        low: lower end of the effect's 95% band over viewers; NaN for one viewer.
        high: its upper end.
        share: of the viewers who watched, how many reacted, in [0, 1].
        viewers: how many watched.
        synchrony: mean correlation of viewers around the peak; NaN where it is not known.
        p: chance of such a mean anywhere in the film among viewers who share nothing; None where
            there are too few viewers to tell.
    """

    onset_s: float
    peak_s: float
    end_s: float
    emotion: str
    effect: float
    low: float
    high: float
    share: float
    viewers: int
    synchrony: float
    p: float | None

    @property
    def duration_s(self) -> float:
        """How long it lasts, in seconds."""
        return self.end_s - self.onset_s

    @property
    def by_chance(self) -> bool:
        """It may be chance: its p is above `MOST_P`. Not where there is no p."""
        return self.p is not None and self.p > MOST_P

    def to_dict(self) -> dict[str, Any]:
        """The moment as JSON-ready values; what is not known is None."""

        def known(value: float, decimals: int) -> float | None:
            return round(value, decimals) if np.isfinite(value) else None

        return {
            "onset_s": round(self.onset_s, 2),
            "peak_s": round(self.peak_s, 2),
            "end_s": round(self.end_s, 2),
            "duration_s": round(self.duration_s, 2),
            "emotion": self.emotion,
            "effect": round(self.effect, 2),
            "low": known(self.low, 2),
            "high": known(self.high, 2),
            "share": round(self.share, 3),
            "viewers": self.viewers,
            "synchrony": known(self.synchrony, 3),
            "p": None if self.p is None else round(self.p, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An interval in which viewers show different emotions at once.

    Attributes:
        onset_s: where it begins, in film time, the lag taken off.
        end_s: where it ends.
        emotions: the two that most viewers showed.
        shares: of the viewers who watched, how many showed each at the most, in [0, 1].
    """

    onset_s: float
    end_s: float
    emotions: tuple[str, str]
    shares: tuple[float, float]


def find_film_moments(
    stack: Stack,
    curves: Sequence[Curve],
    synchrony: NDArray[np.float32],
    null: Null | None,
    *,
    lag_s: float,
    least: float = LEAST_EFFECT,
) -> list[FilmMoment]:
    """Find what moved the audience, in the film's order.

    Args:
        stack: the viewers.
        curves: one an emotion.
        synchrony: (T,) as `mimika.audience.synchrony.synchrony` gives it.
        null: what viewers do who share nothing; None for few viewers.
        lag_s: how long after the film viewers react.
        least: least mean departure, and least height above what lies beside it.
    """
    enough = stack.watching >= max(1.0, LEAST_WATCHING * len(stack.departures))
    found = []
    for column, emotion in enumerate(stack.emotions):
        mean = np.where(enough, curves[column].mean, np.nan).astype(np.float64)
        smooth = moving_mean(mean[:, None], SMOOTHED_S)[:, 0]
        for begin, peak, end in intervals(smooth, least):
            part = np.arange(begin, end + 1)
            highest = int(part[np.nanargmax(mean[part])])
            if mean[highest] < least:
                continue  # Smoothing raised it: beside it many look away.
            tested = part[part % STEP == 0]
            height = float(np.nanmax(mean[tested], initial=0.0))
            watched = np.isfinite(stack.departures[:, part, column]).any(axis=1)
            strongest = np.nan_to_num(stack.departures[watched][:, part, column]).max(axis=1)
            found.append(
                FilmMoment(
                    onset_s=begin / RATE_HZ - lag_s,
                    peak_s=peak / RATE_HZ - lag_s,
                    end_s=end / RATE_HZ - lag_s,
                    emotion=emotion,
                    effect=float(mean[highest]),
                    low=float(curves[column].low[highest]),
                    high=float(curves[column].high[highest]),
                    share=float((strongest >= LEAST_STRENGTH).mean()),
                    viewers=int(watched.sum()),
                    synchrony=float(synchrony[highest]),
                    p=None if null is None else null.p(column, height),
                )
            )
    return sorted(_strongest_at_a_time(found), key=lambda moment: moment.peak_s)


def find_splits(stack: Stack, lag_s: float) -> list[Split]:
    """Find where at least a quarter of the viewers show one emotion and a quarter another."""
    filled = np.nan_to_num(stack.departures)
    leading = np.where(filled.max(axis=2) >= LEAST_STRENGTH, filled.argmax(axis=2), -1)
    watching = np.maximum(stack.watching, 1)
    shares = np.stack([(leading == k).sum(axis=0) / watching for k in range(filled.shape[2])])
    if len(shares) < 2:
        return []
    second = np.sort(shares, axis=0)[-2]
    split = (second >= SPLIT_SHARE) & (stack.watching >= 2)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], split.astype(np.int8), [0]])))
    found = []
    for begin, end in edges.reshape(-1, 2).tolist():
        if end - begin < SPLIT_S * RATE_HZ:
            continue
        most = shares[:, begin:end].max(axis=1)
        first, other = np.argsort(-most)[:2].tolist()
        found.append(
            Split(
                onset_s=begin / RATE_HZ - lag_s,
                end_s=(end - 1) / RATE_HZ - lag_s,
                emotions=(stack.emotions[first], stack.emotions[other]),
                shares=(float(most[first]), float(most[other])),
            )
        )
    return found


def _strongest_at_a_time(moments: list[FilmMoment]) -> list[FilmMoment]:
    kept: list[FilmMoment] = []
    for moment in sorted(moments, key=lambda moment: -moment.effect):
        if not any(other.onset_s <= moment.peak_s <= other.end_s for other in kept):
            kept.append(moment)
    return kept
