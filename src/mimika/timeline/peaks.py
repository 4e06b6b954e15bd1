"""Peaks and their prominences, as `scipy.signal.find_peaks` and `peak_prominences` define them.

Written here because the table of moments belongs to the base install, and SciPy is larger than
all of that; `tests/timeline/test_peaks.py` holds the two to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_peaks(
    signal: NDArray[np.floating], *, height: float, prominence: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the local maxima that are high enough and stand out enough from their surroundings.

    Args:
        signal: (T,), finite.
        height: least value at a peak.
        prominence: least height above the higher of the two valleys, each the lowest point on the
            way to a higher peak or to the signal's end.

    Returns:
        The peaks' indices, ascending, and their prominences. A flat peak's index is its middle,
        rounded down; the first and last sample are no peaks.
    """
    values = np.asarray(signal, np.float64)
    peaks = _maxima(values)
    prominences = _prominences(values, peaks)
    kept = (values[peaks] >= height) & (prominences >= prominence)
    return peaks[kept], prominences[kept]


def _maxima(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Middles of the runs of equal values that both neighbors lie below."""
    if len(values) < 3:
        return np.empty(0, np.intp)
    begins = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ends = np.r_[begins[1:], len(values)] - 1
    levels = values[begins]
    higher = (levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])
    return (begins[1:-1][higher] + ends[1:-1][higher]) // 2


def _prominences(values: NDArray[np.float64], peaks: NDArray[np.intp]) -> NDArray[np.float64]:
    if not len(peaks):
        return np.empty(0)
    heights = values[peaks].tolist()
    # The lowest value before the first peak, between neighbors, and after the last.
    valleys = np.minimum.reduceat(values, np.r_[0, peaks]).tolist()
    left = _lowest_until_higher(heights, valleys[:-1])
    right = _lowest_until_higher(heights[::-1], valleys[:0:-1])[::-1]
    return np.array(heights) - np.maximum(left, right)


def _lowest_until_higher(heights: list[float], before: list[float]) -> list[float]:
    """For each peak the lowest value back to the last higher peak, or to the beginning.

    Args:
        heights: the peaks' values.
        before: the lowest value between each peak and the one before it.
    """
    lowest: list[float] = []
    higher: list[
        tuple[float, float]
    ] = []  # Peaks that may end a later one's way, and their lowest.
    for height, valley in zip(heights, before, strict=True):
        low = valley
        while higher and higher[-1][0] <= height:
            low = min(low, higher.pop()[1])
        higher.append((height, low))
        lowest.append(low)
    return lowest
