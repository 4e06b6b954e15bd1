"""Reaction: how far an expression departs from the person's own face at rest.

For an emotion k with log-odds l_k (see `mimika.timeline.baseline`), smoothed over half a second:

    departure_k(t) = (l_k(t) - median_k) / spread_k,    reaction(t) = max(0, max_k departure_k(t))

with the median and the spread, 1.4826 MAD, of the baseline. It counts robust standard deviations of
that person at
rest: 3 is what Leys et al. 2013 call a very conservative limit for one value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.baseline import Baseline, expressed, own_log_odds
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.timeline.people import Person

SMOOTHED_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Reaction:
    """A person's reaction over a recording.

    Attributes:
        person: the person.
        baseline: the face at rest that it is measured against.
        emotions: the E expressed emotions.
        departures: (T, E) float32 of each emotion, in robust standard deviations; negative below
            the baseline, NaN where the face was not seen.
    """

    person: Person
    baseline: Baseline
    emotions: tuple[str, ...]
    departures: NDArray[np.float32]

    @property
    def total(self) -> NDArray[np.float32]:
        """(T,) float32 from 0: the largest departure; NaN where the face was not seen."""
        if not self.emotions:
            return np.where(self.person.seen, 0.0, np.nan).astype(np.float32)
        largest: NDArray[np.float32] = np.maximum(self.departures.max(axis=1), np.float32(0.0))
        return largest


def react(person: Person, labels: Sequence[str], baseline: Baseline) -> Reaction:
    """Measure a person's reaction against a baseline; `labels` name the probabilities."""
    odds = moving_mean(own_log_odds(person, labels), SMOOTHED_S)
    departures = ((odds - baseline.center) / baseline.spread).astype(np.float32)
    return Reaction(person, baseline, expressed(labels), departures)


def moving_mean(values: NDArray[np.float64], length_s: float) -> NDArray[np.float64]:
    """Mean over a centered window of what is known in it; gaps stay gaps.

    Args:
        values: (T, E), NaN in gaps, which all columns share.
        length_s: length of the window in seconds.
    """
    if not values.size:
        return values
    half = int(length_s * RATE_HZ) // 2
    known = np.isfinite(values[:, :1])
    filled = np.where(known, values, 0.0)
    sums = np.cumsum(
        np.concatenate([np.zeros((1, values.shape[1] + 1)), np.hstack([filled, known])]), 0
    )
    rows = np.arange(len(values))
    window = sums[np.minimum(rows + half + 1, len(values))] - sums[np.maximum(rows - half, 0)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, window[:, :-1] / window[:, -1:], np.nan)
