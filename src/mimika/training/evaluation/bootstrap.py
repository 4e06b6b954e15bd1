"""How far figures would move with other faces: the percentile bootstrap (Efron 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.training.evaluation.metrics import calibration_error, confidence_gaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Interval = list[float]


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
    pair = labels * classes + probabilities.argmax(1)
    bins, gaps = confidence_gaps(probabilities, labels)
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
        drawn["ece"].append(calibration_error(bins[rows], gaps[rows]))
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
