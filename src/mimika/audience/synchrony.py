"""How alike viewers react: leave-one-out inter-subject correlation in sliding windows.

Each viewer's reaction is correlated with the mean of the others' (Hasson et al. 2004, Science 303,
1634-1640; Nastase et al. 2019, Social Cognitive and Affective Neuroscience 14, 667-685).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 30.0
LEAST_VIEWERS = 3
LEAST_SEEN = 0.5
"""A viewer counts in a window in which the face was seen for at least this share of it."""

STILL = 1e-6


def synchrony(reactions: NDArray[np.float32], window_s: float = WINDOW_S) -> NDArray[np.float32]:
    """Correlate viewers in windows around each instant.

    Args:
        reactions: (V, T) ten a second; NaN where a face was not seen.
        window_s: length of the window in seconds.

    Returns:
        (T,) float32 mean correlation over viewers in [-1, 1]; NaN where fewer than three watched,
        or nobody moved.
    """
    viewers, count = reactions.shape
    length = min(int(window_s * RATE_HZ), count)
    known = np.isfinite(reactions)
    watching = known.sum(axis=0)
    total = np.where(known, reactions, 0.0).sum(axis=0, dtype=np.float64)
    sums, seen = np.zeros(count - length + 1), np.zeros(count - length + 1)
    if viewers >= LEAST_VIEWERS:
        for row in range(viewers):
            both = known[row] & (watching > 1)
            own = np.where(both, reactions[row], 0.0).astype(np.float64)
            others = np.where(both, (total - own) / np.maximum(watching - 1, 1), 0.0)
            correlation, share = _sliding(own, others, both, length)
            counts = np.isfinite(correlation) & (share >= LEAST_SEEN)
            sums[counts] += correlation[counts]
            seen += counts
    with np.errstate(invalid="ignore"):
        means = np.where(seen >= LEAST_VIEWERS, sums / seen, np.nan)
    # The first and the last whole window stand for the instants before and after.
    around = np.clip(np.arange(count) - length // 2, 0, len(means) - 1)
    return means[around].astype(np.float32)


def _sliding(
    x: NDArray[np.float64], y: NDArray[np.float64], known: NDArray[np.bool_], length: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pearson's correlation in each window, NaN where one is still, and the share that is known."""
    n = _sums(known.astype(np.float64), length)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = _sums(x, length) / n, _sums(y, length) / n
        variance_x = _sums(x * x, length) / n - mean_x**2
        variance_y = _sums(y * y, length) / n - mean_y**2
        covariance = _sums(x * y, length) / n - mean_x * mean_y
        moved = (variance_x > STILL) & (variance_y > STILL)
        correlation = np.where(moved, covariance / np.sqrt(variance_x * variance_y), np.nan)
    return correlation, n / length


def _sums(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return total[length:] - total[:-length]
