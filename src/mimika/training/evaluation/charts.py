"""Pictures of an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.files import replacing
from mimika.training.figures import draw_confusion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def draw_evaluation(folder: Path, figures: Mapping[str, Any], title: str) -> list[Path]:
    """Draw the confusion matrix and the reliability diagram.

    Args:
        folder: where to; made where it is not there.
        figures: as `evaluate` returns them.
        title: what was judged on what.

    Returns:
        The files.

    Raises:
        OutputError: no space, no permission.
    """
    confusion, reliability = folder / "confusion.png", folder / "reliability.png"
    draw_confusion(confusion, figures["confusion"], figures["classes"], title)
    _draw_reliability(reliability, figures, title)
    return [confusion, reliability]


def _draw_reliability(path: Path, figures: Mapping[str, Any], title: str) -> None:
    """Accuracy over confidence above, how many faces have it below (Guo et al. 2017, figure 1)."""
    from matplotlib.figure import Figure

    rows = figures["reliability"]
    figure = Figure(figsize=(4.8, 5.4), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    sure = [row["confidence"] for row in rows]
    above.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="what it should be")
    above.plot(sure, [row["accuracy"] for row in rows], "o-", color="#0072b2", label="what it is")
    above.set(ylabel="share that is right", ylim=(0, 1), xlim=(0, 1), title=title)
    fitted = figures["calibration"]
    above.text(
        0.97,
        0.05,
        f"ECE {figures['ece']:.3f}\nwith temperature {fitted['temperature']:.2f}: "
        f"{fitted['ece']:.3f}",
        ha="right",
        transform=above.transAxes,
    )
    above.legend(frameon=False, loc="upper left")
    below.bar(sure, [row["n"] for row in rows], width=0.05, color="#56b4e9")
    below.set(xlabel="confidence", ylabel="faces")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)
