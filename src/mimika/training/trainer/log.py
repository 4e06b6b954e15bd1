"""The log of a run: a CSV, and a picture of the learning curve."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOG_FILE = "log.csv"
CURVE_FILE = "learning_curve.png"


def write_log(folder: Path, log: Sequence[Mapping[str, float]]) -> None:
    """Write all rows anew, so that the file never holds an epoch twice.

    Raises:
        OutputError: no space, no permission.
    """
    columns = list(dict.fromkeys(name for row in log for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in log:
        writer.writerow({key: f"{value:.6g}" for key, value in row.items()})
    with replacing(folder / LOG_FILE) as beside:
        beside.write_text(text.getvalue(), encoding="utf-8", newline="")


def draw_curve(path: Path, log: Sequence[Mapping[str, float]], title: str) -> None:
    """Draw loss and validation figures over the epochs.

    Args:
        path: the PNG to write.
        log: the run's rows.
        title: what the picture is called.

    Raises:
        OutputError: no space, no permission.
    """
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in log]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [row["train_loss"] for row in log], label="training", color="#0072b2")
    left.plot(epochs, [row["valid_loss"] for row in log], label="validation", color="#d55e00")
    left.set(title="loss", xlabel="epoch")
    left.legend(frameon=False)
    for key, label, color in (
        ("valid_accuracy", "accuracy", "#d55e00"),
        ("valid_balanced_accuracy", "balanced accuracy", "#009e73"),
    ):
        right.plot(epochs, [100 * row[key] for row in log], label=label, color=color)
    right.set(title="validation, %", xlabel="epoch")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)


def read_log(folder: Path) -> list[dict[str, float]]:
    """Read the log of a run; cells that are empty are left out of their row.

    Raises:
        InputError: there is none.
    """
    path = folder / LOG_FILE
    if not path.is_file():
        raise InputError(f"There is no {path}: give the folder of a `mimika train` run.")
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
