"""What a comparison found: a table, pictures, and a sentence that names the winner."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from mimika.training.comparison import Entry


def _start(entry: Entry) -> str:
    from mimika.training.networks.weights import has_imagenet

    if entry.weights == "auto":
        return "ImageNet" if has_imagenet(entry.network) else "random"
    return {"imagenet": "ImageNet", "none": "random"}.get(entry.weights, "own weights")


COLUMNS: tuple[tuple[str, str, Callable[[Entry], str]], ...] = (
    ("network", "network", lambda e: e.network),
    ("starts from", "weights", _start),
    ("augmentation", "augment", lambda e: e.augment),
    ("accuracy, %", "accuracy", lambda e: f"{100 * e.accuracy:.1f}"),
    (
        "balanced, %",
        "balanced_accuracy",
        lambda e: f"{100 * e.metrics['balanced_accuracy']:.1f}",
    ),
    ("best epoch", "best_epoch", lambda e: f"{e.metrics['epoch']} of {e.metrics['epochs']}"),
    ("training, s", "train_seconds", lambda e: f"{e.metrics['train_seconds']:.0f}"),
    ("parameters, M", "parameters_millions", lambda e: f"{e.metrics['parameters'] / 1e6:.2f}"),
    ("ms a face", "ms_per_face", lambda e: f"{e.metrics['ms_per_face']:.2f}"),
)
"""Heading in Markdown, name in CSV, and how a cell is made."""

COLORS = ("#0072b2", "#d55e00", "#009e73")


def write_report(folder: Path, entries: Sequence[Entry]) -> str:
    """Write comparison.md, comparison.csv and the pictures into a comparison's folder.

    Args:
        folder: where to.
        entries: the finished runs.

    Returns:
        The sentences that name the winner.

    Raises:
        OutputError: no space, no permission.
    """
    sentences = verdict(entries)
    metrics = entries[0].metrics
    text = (
        f"# Comparison\n\n{metrics['n']} validation faces, {len(metrics['classes'])} classes.\n\n"
        f"{markdown(entries)}\n{sentences}\n\n![Accuracy](bars.png)\n\n"
        "![Learning curves](curves.png)\n\n![Confusion matrices](confusion.png)\n"
    )
    with replacing(folder / "comparison.md") as beside:
        beside.write_text(text, encoding="utf-8")
    with replacing(folder / "comparison.csv") as beside:
        beside.write_text(table_csv(entries), encoding="utf-8", newline="")
    for name, draw in (("bars", bars), ("curves", curves), ("confusion", confusions)):
        with replacing(folder / f"{name}.png") as beside:
            draw(entries).savefig(beside, format="png", dpi=110)
    return sentences


def markdown(entries: Sequence[Entry]) -> str:
    """Write the table in Markdown, the winner in bold."""
    best = max(entries, key=lambda e: e.accuracy)
    lines = [
        "| " + " | ".join(heading for heading, _, _ in COLUMNS) + " |",
        "|" + " --- |" * len(COLUMNS),
    ]
    for entry in entries:
        mark = "**" if entry is best else ""
        lines.append("| " + " | ".join(f"{mark}{c(entry)}{mark}" for _, _, c in COLUMNS) + " |")
    return "\n".join(lines) + "\n"


def table_csv(entries: Sequence[Entry]) -> str:
    """Write the table as CSV, accuracies in per cent."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for _, name, _ in COLUMNS])
    writer.writerows([cell(entry) for _, _, cell in COLUMNS] for entry in entries)
    return text.getvalue()


def standard_error(entry: Entry) -> float:
    """Return the standard error of an entry's accuracy, from the number of faces; 0 to 1."""
    p = entry.accuracy
    return float(np.sqrt(p * (1 - p) / entry.metrics["n"]))


def verdict(entries: Sequence[Entry]) -> str:
    """Name the winner by validation accuracy, and say whether that is chance and what it costs."""
    ranked = sorted(entries, key=lambda e: e.accuracy, reverse=True)
    best = ranked[0]
    first = (
        f"The winner is {best.network} with augmentation {best.augment}: "
        f"{best.accuracy:.1%} of the validation faces right (standard error "
        f"{100 * standard_error(best):.1f} points), {best.metrics['ms_per_face']:.1f} ms a face."
    )
    sentences = [first]
    others = [e for e in ranked if e.network != best.network]
    if others:
        second = others[0]
        lead = 100 * (best.accuracy - second.accuracy)
        # Both are measured on the same faces, so this overstates the doubt a little.
        doubt = 200 * float(np.hypot(standard_error(best), standard_error(second)))
        chance = "more than chance explains" if lead > doubt else "which may be chance"
        sentences.append(
            f"The next network, {second.network}, is {lead:.1f} points behind, {chance} "
            f"({doubt:.1f} points would be two standard errors)."
        )
    by_pair = {(e.network, e.augment): e.accuracy for e in entries}
    for level in dict.fromkeys(e.augment for e in entries if e.augment != "none"):
        gains = {
            network: 100 * (accuracy - by_pair[network, "none"])
            for (network, own), accuracy in by_pair.items()
            if own == level and (network, "none") in by_pair
        }
        if gains:
            each = ", ".join(f"{network} {gain:+.1f}" for network, gain in gains.items())
            mean = sum(gains.values()) / len(gains)
            sentences.append(
                f"Augmentation {level} changes accuracy by {mean:+.1f} points ({each})."
            )
    return " ".join(sentences)


def bars(entries: Sequence[Entry]) -> Figure:
    """Draw validation accuracy: a group a network, a bar an augmentation, standard errors."""
    from matplotlib.figure import Figure

    networks = list(dict.fromkeys(e.network for e in entries))
    levels = list(dict.fromkeys(e.augment for e in entries))
    figure = Figure(figsize=(2 + 1.6 * len(networks), 3.8), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(levels)
    for entry in entries:
        level = levels.index(entry.augment)
        at = networks.index(entry.network) + (level - (len(levels) - 1) / 2) * width
        first = entry is next(e for e in entries if e.augment == entry.augment)
        axes.bar(
            at,
            100 * entry.accuracy,
            width * 0.92,
            yerr=100 * standard_error(entry),
            error_kw={"ecolor": "#555555", "capsize": 3},
            color=COLORS[level % len(COLORS)],
            label=f"augmentation {entry.augment}" if first else None,
        )
        axes.text(at, 1.5, f"{100 * entry.accuracy:.1f}", ha="center", color="white", fontsize=9)
    axes.set_xticks(range(len(networks)), networks)
    axes.set_ylabel("validation accuracy, %")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside upper center", ncols=len(levels))
    return figure


def curves(entries: Sequence[Entry]) -> Figure:
    """Draw validation accuracy over the epochs, a panel a network."""
    from matplotlib.figure import Figure

    networks = list(dict.fromkeys(e.network for e in entries))
    levels = list(dict.fromkeys(e.augment for e in entries))
    figure = Figure(figsize=(1 + 2.8 * len(networks), 3.2), layout="constrained")
    panels = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0]
    for axes, network in zip(panels, networks, strict=True):
        for entry in (e for e in entries if e.network == network):
            axes.plot(
                [row["epoch"] for row in entry.log],
                [100 * row["valid_accuracy"] for row in entry.log],
                color=COLORS[levels.index(entry.augment) % len(COLORS)],
                marker="o" if len(entry.log) < 20 else None,
                markersize=3,
                label=entry.augment,
            )
        axes.set(title=network, xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("validation accuracy, %")
    panels[0].legend(frameon=False, title="augmentation")
    return figure


def confusions(entries: Sequence[Entry]) -> Figure:
    """Draw all confusion matrices: a row an augmentation, a column a network, in per cent."""
    from matplotlib.figure import Figure

    networks = list(dict.fromkeys(e.network for e in entries))
    levels = list(dict.fromkeys(e.augment for e in entries))
    classes = entries[0].metrics["classes"]
    figure = Figure(
        figsize=(1 + 3.2 * len(networks), 0.6 + 3.2 * len(levels)), layout="constrained"
    )
    panels = figure.subplots(len(levels), len(networks), squeeze=False)
    for axes in panels.flat:
        axes.set_axis_off()
    for entry in entries:
        axes = panels[levels.index(entry.augment), networks.index(entry.network)]
        axes.set_axis_on()
        counts = np.asarray(entry.metrics["confusion"], float)
        share = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
        axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
        axes.set_title(f"{entry.network}, {entry.augment}", fontsize=10)
        axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=7)
        axes.set_yticks(range(len(classes)), classes, fontsize=7)
    panels[0, 0].set_ylabel("true")
    panels[-1, 0].set_xlabel("predicted")
    return figure
