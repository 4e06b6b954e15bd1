"""How likely a moment is among viewers who react at random.

Each viewer's own timeline is shifted by a random time, around the film's end back to its beginning:
what a viewer does stays as it is, and only what viewers share is lost. Of each such audience the
largest mean of each emotion over the whole film is kept (maximum statistic: Nichols & Holmes 2002,
Human Brain Mapping 15, 1-25), so a moment's p holds for the whole film. Over emotions the smallest
p is corrected as by Westfall & Young (1993, Resampling-Based Multiple Testing).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFTS = 1000
LEAST_VIEWERS = 5
"""With fewer, shifted audiences are too much alike to tell anything."""

LEAST_WATCHING = 0.5
"""Only instants count at which at least this share of the viewers was seen."""

STEP = 5


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """What audiences do whose viewers share nothing.

    Attributes:
        largest: (S, E) float32 the largest mean of each emotion in each shifted audience.
    """

    largest: NDArray[np.float32]

    def p(self, emotion: int, height: float) -> float:
        """The corrected p of a mean of an emotion that is `height` high somewhere in the film."""
        ranks = self._ranks()
        shifts = len(self.largest)
        own = (1 + int((self.largest[:, emotion] >= height).sum())) / (shifts + 1)
        return (1 + int((ranks.min(axis=1) <= own + 1e-12).sum())) / (shifts + 1)

    def _ranks(self) -> NDArray[np.float64]:
        """(S, E) each audience's p among all, ties counted against it."""
        shifts = len(self.largest)
        ordered = np.sort(self.largest, axis=0)
        columns = zip(ordered.T, self.largest.T, strict=True)
        below = np.stack([np.searchsorted(o, c, side="left") for o, c in columns], axis=1)
        return (shifts - below + 1) / (shifts + 1)


def shifted(departures: NDArray[np.float32], shifts: int = SHIFTS, seed: int = 0) -> Null | None:
    """Shift viewers' timelines against each other.

    Args:
        departures: (V, T, E) ten a second, NaN where a face was not seen.
        shifts: how many audiences are made.
        seed: of the shifts.

    Returns:
        What they do; None for fewer than five viewers.
    """
    viewers = len(departures)
    if viewers < LEAST_VIEWERS:
        return None
    thin = np.ascontiguousarray(departures[:, ::STEP].transpose(0, 2, 1))
    known = np.isfinite(thin[:, :1])
    values = np.concatenate([np.where(known, thin, 0.0), known], axis=1).astype(np.float32)
    count = values.shape[2]
    # Twice in a row, so that a shifted timeline is one slice.
    double = np.concatenate([values, values], axis=2)
    rng = np.random.default_rng(seed)
    largest = np.empty((shifts, thin.shape[1]), np.float32)
    total = np.empty((values.shape[1], count), np.float32)
    for number in range(shifts):
        total[:] = 0.0
        for viewer, begin in enumerate(rng.integers(0, count, viewers).tolist()):
            total += double[viewer, :, begin : begin + count]
        largest[number] = peak_means(total, viewers)
    return Null(largest)


def peak_means(total: NDArray[np.float32], viewers: int) -> NDArray[np.float32]:
    """The largest mean of each emotion where enough viewers watch, (E,).

    Args:
        total: (E + 1, T) sums over viewers, the last row being how many watched.
        viewers: how many there are.
    """
    watching = total[-1]
    enough = watching >= max(1.0, LEAST_WATCHING * viewers)
    if not enough.any():
        return np.zeros(len(total) - 1, np.float32)
    means: NDArray[np.float32] = (total[:-1, enough] / watching[enough]).max(axis=1)
    return means
