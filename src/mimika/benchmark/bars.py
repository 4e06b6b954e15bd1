"""The bench's figures as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

STAGES = ("detect", "classify", "track")
COLORS = ("#56b4e9", "#009e73", "#cc79a7")


def draw(figures: dict[str, Any], path: Path, budget_ms: float | None) -> None:
    """Draw the pipeline's stages and the networks' times to a PNG.

    Args:
        figures: as `mimika bench --json` writes them.
        path: the file.
        budget_ms: drawn as a line.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("Drawing the figures", "train") from error
    parts = [part for part in ("pipeline", "networks") if part in figures]
    rows = [len(_rows(figures, part)) for part in parts]
    figure = Figure(figsize=(9, 1.5 + 0.34 * sum(rows)), layout="constrained")
    axes = figure.subplots(len(parts) or 1, 1, squeeze=False, height_ratios=rows or [1])[:, 0]
    for axis, part in zip(axes, parts, strict=False):
        named = _rows(figures, part)
        left = [0.0] * len(named)
        for k in range(max(len(values) for _, values in named)):
            values = [row[k] if k < len(row) else 0.0 for _, row in named]
            label = STAGES[k] if part == "pipeline" else None
            axis.barh([name for name, _ in named], values, left=left, color=COLORS[k], label=label)
            left = [a + b for a, b in zip(left, values, strict=True)]
        for y, total in enumerate(left):
            axis.text(total, y, f" {total:.2f}", va="center", fontsize=8)
        axis.invert_yaxis()
        axis.margins(x=0.12, y=0.02)
        axis.set_xlabel("ms a frame" if part == "pipeline" else "ms a face, one at a time")
        if part == "pipeline":
            axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=8)
            if budget_ms and budget_ms < 4 * max(left):
                axis.axvline(budget_ms, color="black", linestyle="--", linewidth=1)
    machine = figures["machine"]
    vnni = {True: " with VNNI", False: " without VNNI"}.get(machine["vnni"], "")
    title = f"{machine['processor']}{vnni}, {machine['cores']} cores, {machine['day']}"
    figure.suptitle(f"{title}, noise {figures['noise']:.0%}", size=9)
    figure.savefig(path, format="png", dpi=120)


def _rows(figures: dict[str, Any], part: str) -> list[tuple[str, list[float]]]:
    if part == "pipeline":
        return [
            (row["scene"], [row["stages"][stage]["median_ms"] for stage in STAGES])
            for row in figures["pipeline"]["scenes"]
        ]
    return [
        (
            f"{row['network']} {row['precision']}, {row['engine']}",
            [row["face_ms"]],
        )
        for row in figures["networks"]
        if row["batch"] == 1
    ]
