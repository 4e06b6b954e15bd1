"""How long after the film its viewers react, estimated from the film's loudness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL_S = 1.0
"""Where nothing can be estimated: expressions follow an event within about a second."""

LONGEST_S = 5.0
MOST_P = 0.05


@dataclass(frozen=True, slots=True)
class Lag:
    """Viewers' lag.

    Attributes:
        seconds: how long after the film they react.
        source: "data": estimated; "given": by the user; "usual": assumed, as the film's loudness
            and the reactions have nothing in common.
    """

    seconds: float
    source: str


def estimate_lag(loudness: NDArray[np.float64] | None, reaction: NDArray[np.floating]) -> Lag:
    """Find the lag at which reactions go with the film's loudness, if they do.

    The largest correlation at lags from 0 to 5 s has to exceed those at 95% of all other, circular
    shifts of the film, taken in stretches of 5 s.

    Args:
        loudness: (T,) decibels, ten a second; None for a silent film.
        reaction: (T,) mean reaction; NaN where nobody watched.
    """
    if loudness is None:
        return Lag(USUAL_S, "usual")
    count = min(len(loudness), len(reaction))
    longest = int(LONGEST_S * RATE_HZ) + 1
    sound = _standard(loudness[:count])
    shown = _standard(np.nan_to_num(reaction[:count]))
    if count < 20 * longest or not sound.any() or not shown.any():
        return Lag(USUAL_S, "usual")
    both = np.fft.rfft(shown) * np.conj(np.fft.rfft(sound))
    correlation = np.fft.irfft(both, count)
    whole = count // longest * longest
    highest = correlation[:whole].reshape(-1, longest).max(axis=1)
    if (highest[1:] >= highest[0]).mean() > MOST_P:
        return Lag(USUAL_S, "usual")
    return Lag(float(correlation[:longest].argmax()) / RATE_HZ, "data")


def _standard(values: NDArray[np.floating]) -> NDArray[np.float64]:
    centered = values - values.mean()
    spread = float(centered.std())
    scaled: NDArray[np.float64] = centered / spread if spread > 0 else np.zeros(len(values))
    return scaled
