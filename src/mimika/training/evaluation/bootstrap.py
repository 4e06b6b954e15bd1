"""How far figures would move with other faces: the percentile bootstrap (Efron 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Interval = list[float]

ECE_BINS = 15
"""Of equal width, as in Guo et al. 2017, arXiv 1706.04599."""


def intervals(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """Draw the faces anew, with replacement, and see where the figures fall.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) class numbers from 0.
        resamples: how often.
        level: share of the draws that lies within an interval.
        seed: of the draws.

    Returns:
        `accuracy`, `balanced_accuracy` and `ece` as [low, high], and `per_class`: a list of K
        dictionaries of `recall`, `precision` and `f1` likewise; None where a class never occurs.
    """
    count, classes = probabilities.shape
    said, sure = probabilities.argmax(1), probabilities.max(1)
    pair = labels * classes + said
    bins = np.minimum((sure * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    gap = (said == labels) - sure
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[Any]] = {name: [] for name in ("accuracy", "recall", "precision", "f1")}
    drawn |= {"balanced_accuracy": [], "ece": []}
    for _ in range(resamples):
        rows = rng.integers(0, count, count)
        matrix = np.bincount(pair[rows], minlength=classes**2).reshape(classes, classes)
        right, true, given = np.diag(matrix), matrix.sum(1), matrix.sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            recall, f1 = right / true, 2 * right / (true + given)
            precision = np.where(given > 0, right / given, 0.0)
        drawn["accuracy"].append(right.sum() / count)
        drawn["balanced_accuracy"].append(np.nanmean(recall))
        drawn["recall"].append(recall)
        drawn["precision"].append(precision)
        drawn["f1"].append(f1)
        in_bins = np.bincount(bins[rows], gap[rows], ECE_BINS)
        drawn["ece"].append(np.abs(in_bins).sum() / count)
    ends = ((1 - level) / 2, (1 + level) / 2)

    def interval(values: Any) -> Interval | None:
        known = np.asarray(values, float)
        known = known[~np.isnan(known)]
        return [float(end) for end in np.quantile(known, ends)] if len(known) else None

    occurs = np.bincount(labels, minlength=classes) > 0
    return {name: interval(drawn[name]) for name in ("accuracy", "balanced_accuracy", "ece")} | {
        "per_class": [
            {
                name: interval([row[k] for row in drawn[name]]) if occurs[k] else None
                for name in ("recall", "precision", "f1")
            }
            for k in range(classes)
        ]
    }
