"""A whole audience, measured: from viewers on the film's clock to curves and moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.audience.curves import Curve, curve, difference
from mimika.audience.lag import Lag, estimate_lag
from mimika.audience.moments import (
    LEAST_EFFECT,
    FilmMoment,
    Split,
    find_film_moments,
    find_splits,
)
from mimika.audience.significance import SHIFTS, shifted
from mimika.audience.synchrony import synchrony

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.audience.stack import Stack


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """An audience, measured.

    Attributes:
        stack: the viewers on the film's clock.
        reaction: mean reaction and its band.
        emotions: each emotion's mean departure and its band.
        synchrony: (T,) how alike viewers react, in [-1, 1], NaN where it is not known.
        lag: how long after the film they react.
        moments: what moved them, in the film's order.
        splits: where they showed different emotions at once.
        groups: group to the curve of its reaction; empty for fewer than two groups.
        differences: pair of groups to the difference of their reactions.
        tested: there were enough viewers for p-values.
    """

    stack: Stack
    reaction: Curve
    emotions: tuple[Curve, ...]
    synchrony: NDArray[np.float32]
    lag: Lag
    moments: tuple[FilmMoment, ...]
    splits: tuple[Split, ...]
    groups: Mapping[str, Curve]
    differences: Mapping[tuple[str, str], Curve]
    tested: bool


def study(
    stack: Stack,
    *,
    loudness: NDArray[np.float64] | None = None,
    lag_s: float | None = None,
    least: float = LEAST_EFFECT,
    shifts: int = SHIFTS,
    seed: int = 0,
) -> Study:
    """Measure an audience.

    Args:
        stack: the viewers on the film's clock.
        loudness: the film's, ten values a second in decibels, to estimate the lag by.
        lag_s: the lag instead.
        least: least mean departure of a moment.
        shifts: how many shifted audiences p-values come from.
        seed: of what is drawn by chance.
    """
    reactions = stack.reactions
    reaction = curve(reactions, seed)
    emotions = tuple(curve(stack.departures[:, :, k], seed) for k in range(len(stack.emotions)))
    alike = synchrony(reactions)
    null = shifted(stack.departures, shifts, seed)
    lag = Lag(lag_s, "given") if lag_s is not None else estimate_lag(loudness, reaction.mean)
    moments = find_film_moments(stack, emotions, alike, null, lag_s=lag.seconds, least=least)
    groups, differences = _groups(stack, reactions, seed)
    return Study(
        stack,
        reaction,
        emotions,
        alike,
        lag,
        tuple(moments),
        tuple(find_splits(stack, lag.seconds)),
        groups,
        differences,
        null is not None,
    )


def _groups(
    stack: Stack, reactions: NDArray[np.float32], seed: int
) -> tuple[dict[str, Curve], dict[tuple[str, str], Curve]]:
    names = sorted({group for group in stack.groups if group})
    if len(names) < 2:
        return {}, {}
    rows = {name: [i for i, group in enumerate(stack.groups) if group == name] for name in names}
    curves = {name: curve(reactions[own], seed) for name, own in rows.items()}
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return curves, {
        (a, b): difference(reactions[rows[a]], reactions[rows[b]], seed) for a, b in pairs
    }
