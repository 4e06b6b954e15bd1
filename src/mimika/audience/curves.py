"""Means over viewers with bootstrap bands (Efron & Tibshirani 1993, percentile intervals)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
LEVEL = 0.95
STEP = 5
"""Bands are computed at every fifth value, two a second, and lie on lines between."""

CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A mean over viewers.

    Attributes:
        mean: (T,) float32; NaN where nobody watched.
        low: (T,) float32 lower end of the 95% band over viewers; NaN for fewer than two.
        high: (T,) its upper end.
    """

    mean: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


def mean_over(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, T) to the (T,) mean over those who watched; NaN where nobody did."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def curve(values: NDArray[np.float32], seed: int = 0) -> Curve:
    """The mean of (V, T) values over viewers and its band; viewers are drawn with replacement."""
    mean = mean_over(values)
    if len(values) < 2:
        nothing = np.full_like(mean, np.nan)
        return Curve(mean, nothing, nothing)
    low, high = _band(_drawn(len(values), seed), values)
    return Curve(mean, low, high)


def difference(one: NDArray[np.float32], other: NDArray[np.float32], seed: int = 0) -> Curve:
    """The difference of two groups' means, (V1, T) less (V2, T), and its band."""
    mean = mean_over(one) - mean_over(other)
    if min(len(one), len(other)) < 2:
        nothing = np.full_like(mean, np.nan)
        return Curve(mean, nothing, nothing)
    rng = np.random.default_rng(seed)
    draws = [_weights(len(each), rng) for each in (one, other)]
    places, low, high = np.arange(0, len(mean), STEP), [], []
    for begin in range(0, len(places), CHUNK):
        part = places[begin : begin + CHUNK]
        drawn = _means(draws[0], one[:, part]) - _means(draws[1], other[:, part])
        ends = _percentiles(drawn)
        low.append(ends[0])
        high.append(ends[1])
    return Curve(mean, *_spread(places, low, high, len(mean)))


def _drawn(viewers: int, seed: int) -> NDArray[np.float32]:
    return _weights(viewers, np.random.default_rng(seed))


def _weights(viewers: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(B, V) how often each viewer was drawn."""
    even = np.full(viewers, 1 / viewers)
    return rng.multinomial(viewers, even, size=DRAWS).astype(np.float32)


def _band(
    weights: NDArray[np.float32], values: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    places, low, high = np.arange(0, values.shape[1], STEP), [], []
    for begin in range(0, len(places), CHUNK):
        ends = _percentiles(_means(weights, values[:, places[begin : begin + CHUNK]]))
        low.append(ends[0])
        high.append(ends[1])
    return _spread(places, low, high, values.shape[1])


def _means(weights: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, V) weights and (V, T) values to the (B, T) means of those who watched."""
    known = np.isfinite(values)
    total = weights @ np.where(known, values, np.float32(0.0))
    count = weights @ known.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: NDArray[np.float32] = total / count
    return means


def _percentiles(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ends of the band; draws in which nobody watched sort to the end and are passed over."""
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    ordered = np.sort(drawn, axis=0)
    known = np.isfinite(ordered).sum(axis=0)
    rows = [np.clip((known - 1) * end, 0, None).round().astype(np.int64) for end in ends]
    columns = np.arange(drawn.shape[1])
    return np.stack([ordered[row, columns] for row in rows])


def _spread(
    places: NDArray[np.int64],
    low: list[NDArray[np.float32]],
    high: list[NDArray[np.float32]],
    count: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    everywhere = np.arange(count)
    ends = (np.interp(everywhere, places, np.concatenate(each)) for each in (low, high))
    below, above = (end.astype(np.float32) for end in ends)
    return below, above
