"""Charts of an evaluation: confusion matrix and reliability diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DRAWN = ("confusion.png", "reliability.png")
"""Names of the pictures."""


def draw_evaluation(folder: Path, metrics: Mapping[str, Any], title: str) -> list[Path]:
    """Draw the confusion matrix and the reliability diagram.

    Args:
        folder: where to; made where it is not there.
        metrics: as `evaluate` returns them.
        title: what was evaluated on what.

    Returns:
        The files.

    Raises:
        OutputError: no space, no permission.
    """
    confusion, reliability = (folder / name for name in DRAWN)
    draw_confusion(confusion, metrics["confusion"], metrics["classes"], title)
    _draw_reliability(reliability, metrics, title)
    return [confusion, reliability]


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
    axes.set(xlabel="predicted", ylabel="true", title=title)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)


def _draw_reliability(path: Path, metrics: Mapping[str, Any], title: str) -> None:
    """Accuracy over confidence above, how many faces have it below (Guo et al. 2017, figure 1)."""
    from matplotlib.figure import Figure

    rows = metrics["reliability"]
    figure = Figure(figsize=(4.8, 5.4), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    confidence = [row["confidence"] for row in rows]
    above.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="what it should be")
    accuracy = [row["accuracy"] for row in rows]
    above.plot(confidence, accuracy, "o-", color="#0072b2", label="what it is")
    above.set(ylabel="share that is right", ylim=(0, 1), xlim=(0, 1), title=title)
    fitted = metrics["calibration"]
    above.text(
        0.97,
        0.05,
        f"ECE {metrics['ece']:.3f}\nwith temperature {fitted['temperature']:.2f}: "
        f"{fitted['ece']:.3f}",
        ha="right",
        transform=above.transAxes,
    )
    above.legend(frameon=False, loc="upper left")
    below.bar(confidence, [row["n"] for row in rows], width=0.05, color="#56b4e9")
    below.set(xlabel="confidence", ylabel="faces")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)
