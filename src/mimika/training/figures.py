"""The figures of a finished run: what its model file makes of the validation faces."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel


METRICS_FILE = "metrics.json"
BATCH = 64


def predict(classifier: OnnxModel, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Judge many faces, a batch at a time; (N, H, W, C) uint8 to (N, K) float32."""
    parts = [
        classifier(np.ascontiguousarray(faces[start : start + BATCH]))
        for start in range(0, len(faces), BATCH)
    ]
    return np.concatenate(parts)


def judge(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Compare probabilities with labels.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) class numbers; -1 where a face has none.
        classes: names of the K classes.

    Returns:
        `accuracy`, `balanced_accuracy` (mean recall over the classes that occur), `ece` (expected
        calibration error over 15 bins, Guo et al. 2017), `n`, `per_class` (recall, precision, f1,
        n) and `confusion` (rows are the true classes).
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    known = labels >= 0
    probabilities, labels = probabilities[known], labels[known]
    numbers = np.arange(len(classes))
    guess, sure = probabilities.argmax(1), probabilities.max(1)
    precision, recall, f1, count = precision_recall_fscore_support(
        labels, guess, labels=numbers, zero_division=0.0
    )
    right = guess == labels
    bins = np.minimum((sure * 15).astype(int), 14)
    ece = sum(
        abs(right[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    )
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(recall[count > 0].mean()),
        "ece": float(ece),
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
        "confusion": confusion_matrix(labels, guess, labels=numbers).tolist(),
    }


def milliseconds_a_face(classifier: OnnxModel, repeats: int = 30) -> float:
    """Time one face at a time: the median over `repeats` runs, in milliseconds."""
    spec = classifier.card.input
    face = np.random.default_rng(0).integers(
        0, 256, (1, spec.height, spec.width, spec.channels), np.uint8
    )
    for _ in range(3):
        classifier(face)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        classifier(face)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


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


def write_metrics(folder: Path, figures: dict[str, Any]) -> None:
    """Write the figures of a run.

    Raises:
        OutputError: no space, no permission.
    """
    with replacing(folder / METRICS_FILE) as beside:
        beside.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def draw_confusion(
    path: Path, confusion: Sequence[Sequence[int]], classes: Sequence[str], title: str
) -> None:
    """Draw a confusion matrix, each row in per cent of its true class.

    Args:
        path: the PNG to write.
        confusion: (K, K) counts; rows are the true classes.
        classes: names of the classes.
        title: what the picture is called.

    Raises:
        OutputError: no space, no permission.
    """
    from matplotlib.figure import Figure

    counts = np.asarray(confusion, float)
    share = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = 2.2 + 0.5 * len(classes)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    for row in range(len(classes)):
        for column in range(len(classes)):
            value = share[row, column]
            axes.text(
                column,
                row,
                f"{value:.0f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if value > 55 else "black",
            )
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set(xlabel="said", ylabel="true", title=title)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)
