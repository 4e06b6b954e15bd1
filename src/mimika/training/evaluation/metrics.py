"""What predictions are worth, by the kind of output; every metric stands here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.schema.outputs import KindName

BINS = 15
"""Of the calibration error, of equal width, as in Guo et al. 2017, arXiv 1706.04599."""

SMALLEST = 1e-12
"""Probabilities below count as this in a logarithm."""


def confidence_gaps(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return each face's bin of confidence, and whether it is right (0 or 1) minus confidence.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) class numbers from 0.
    """
    confidence = probabilities.max(1)
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return bins, (probabilities.argmax(1) == labels) - confidence


def calibration_error(bins: NDArray[np.int64], gaps: NDArray[np.float32]) -> float:
    """Return the expected calibration error (Guo et al. 2017) of what `confidence_gaps` gave."""
    return float(np.abs(np.bincount(bins, gaps, BINS)).sum() / len(gaps))


def reliability(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> list[dict[str, float]]:
    """Compare confidence with how often it was right, in bins of equal width.

    Returns:
        For each bin that has faces: `confidence` and `accuracy` (means, 0 to 1), and `n`.
    """
    bins, _ = confidence_gaps(probabilities, labels)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    return [
        {
            "confidence": float(confidence[bins == b].mean()),
            "accuracy": float(right[bins == b].mean()),
            "n": int((bins == b).sum()),
        }
        for b in np.unique(bins)
    ]


def classification_summary(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Compare probabilities with labels, in the few numbers that a line of the log has.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) class numbers; -1 where a face has none.

    Returns:
        `accuracy`, `balanced_accuracy` (mean recall over the classes that occur) and `loss` (mean
        negative log-likelihood), all NaN where no face has a label.
    """
    from sklearn.metrics import accuracy_score, recall_score

    known = labels >= 0
    probabilities, labels = probabilities[known], labels[known]
    if not len(labels):
        return dict.fromkeys(("accuracy", "balanced_accuracy", "loss"), float("nan"))
    predicted = probabilities.argmax(1)
    likelihood = np.maximum(probabilities[np.arange(len(labels)), labels], SMALLEST)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "balanced_accuracy": float(
            recall_score(labels, predicted, labels=np.unique(labels), average="macro")
        ),
        "loss": float(-np.log(likelihood).mean()),
    }


def classification_metrics(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Compare probabilities with labels, in full.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) class numbers; -1 where a face has none.
        classes: names of the K classes.

    Returns:
        `accuracy`, `balanced_accuracy` and `ece` (see above), `n`, `per_class` (recall, precision,
        f1, n) and `confusion` (rows are the true classes).
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    known = labels >= 0
    probabilities, labels = probabilities[known], labels[known]
    numbers = np.arange(len(classes))
    predicted = probabilities.argmax(1)
    precision, recall, f1, count = precision_recall_fscore_support(
        labels, predicted, labels=numbers, zero_division=0.0
    )
    summary = classification_summary(probabilities, labels)
    return {
        "accuracy": summary["accuracy"],
        "balanced_accuracy": summary["balanced_accuracy"],
        "ece": calibration_error(*confidence_gaps(probabilities, labels)),
        "n": len(labels),
        "per_class": {
            name: {
                "recall": float(recall[k]),
                "precision": float(precision[k]),
                "f1": float(f1[k]),
                "n": int(count[k]),
            }
            for k, name in enumerate(classes)
        },
        "confusion": confusion_matrix(labels, predicted, labels=numbers).tolist(),
    }


def concordance(predicted: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Concordance correlation coefficient (Lin 1989, doi 10.2307/2532051), mean over the axes.

    Args:
        predicted: (N, K).
        target: (N, K), NaN where a face has none.

    Returns:
        -1 to 1, 1 where all are equal; NaN where an axis has fewer than two faces, or none of its
        values differ.
    """
    return float(np.mean([_concordance(*pair) for pair in _known(predicted, target)]))


def rmse(predicted: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Root of the mean squared difference over all axes; arguments as of `concordance`."""
    return float(np.sqrt(np.nanmean(np.square(predicted - target))))


def mean_absolute_error(predicted: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Mean of the absolute differences of angles in degrees, the short way round the circle.

    Args:
        predicted: (N, K) degrees.
        target: (N, K) degrees, NaN where a face has none.
    """
    return float(np.nanmean(np.abs((predicted - target + 180.0) % 360.0 - 180.0)))


METRICS: Mapping[str, Callable[[NDArray[np.float32], NDArray[np.float32]], float]] = {
    "concordance": concordance,
    "rmse": rmse,
    "mean_absolute_error": mean_absolute_error,
}
"""Metrics of outputs of values by their word in `mimika.schema.outputs`."""


def output_metrics(
    kind: KindName, predicted: NDArray[np.float32], target: NDArray[Any]
) -> dict[str, float]:
    """Compare predictions of one output with what is true, in the metrics of its kind.

    Args:
        kind: of the output.
        predicted: (N, K) probabilities of a categorical one, else values.
        target: (N,) class numbers of a categorical one, -1 for none; else (N, K), NaN for none.

    Returns:
        Metric to value; NaN where nothing is known.
    """
    from mimika.schema.outputs import OUTPUT_KINDS

    if kind == "categorical":
        return classification_summary(predicted, target)
    names = OUTPUT_KINDS[kind].metrics
    if np.isnan(target).all():
        return dict.fromkeys(names, float("nan"))
    return {name: METRICS[name](predicted, target) for name in names}


def best_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Find the temperature with the smallest negative log-likelihood (Guo et al. 2017).

    Args:
        logits: (N, K).
        labels: (N,) class numbers; -1 where a face has none.

    Returns:
        Between 0.25 and 4; 1.0 where no face has a label.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    known = labels >= 0
    z, labels = logits[known].astype(np.float64), labels[known]
    if not len(labels):
        return 1.0

    def loss(log_t: float) -> float:
        likelihood = log_softmax(z / np.exp(log_t), axis=1)
        return -float(likelihood[np.arange(len(labels)), labels].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.25), np.log(4.0)), method="bounded")
    return float(np.exp(found.x))


def _known(
    predicted: NDArray[np.float32], target: NDArray[np.float32]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Each axis's pairs where the target is known."""
    return [
        (p[~np.isnan(t)].astype(np.float64), t[~np.isnan(t)].astype(np.float64))
        for p, t in zip(predicted.T, target.T, strict=True)
    ]


def _concordance(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if len(x) < 2:
        return float("nan")
    apart = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    if apart == 0:
        return float("nan")
    return float(2 * ((x - x.mean()) * (y - y.mean())).mean() / apart)
