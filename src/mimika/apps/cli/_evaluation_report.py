"""How `mimika evaluate` says what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.apps.cli.console import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

RARE = 50
"""With fewer faces a class's figures are mostly chance."""


def report(console: Console, figures: Mapping[str, Any], title: str) -> None:
    """Print an evaluation as tables and sentences."""
    from rich.table import Table
    from rich.text import Text

    doubt = figures.get("intervals", {})
    how = ", averaged with the mirror image" if figures["mirror"] else ""
    heading = Text(shown(title), style="bold").append(f": {figures['n']} faces{how}", "not bold")
    console.print(heading, soft_wrap=True)
    for name, words in (
        ("accuracy", "accuracy"),
        ("balanced_accuracy", "balanced accuracy (mean recall)"),
        ("ece", "expected calibration error"),
    ):
        console.print(f"  {words:34}{_percent(figures[name], doubt.get(name))}")
    fitted = figures["calibration"]
    console.print(
        f"  temperature fitted on {fitted['on']}: {fitted['temperature']:.2f}; the calibration "
        f"error with it {100 * fitted['ece']:.1f}%",
        soft_wrap=True,
    )
    for name, values in figures["values"].items():
        words = ", ".join(f"{metric} {value:.3f}" for metric, value in values.items())
        console.print(f"  {name}: {words}", soft_wrap=True)
    table = Table(
        "class", "faces", "recall, %", "precision, %", "F1, %", box=None, padding=(0, 2, 0, 0)
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, own in figures["per_class"].items():
        between = doubt.get("per_class", {}).get(name, {})
        cells = [
            _percent(own[part], between.get(part), "") for part in ("recall", "precision", "f1")
        ]
        faces = f"{own['n']} (few)" if own["n"] < RARE else str(own["n"])
        table.add_row(name, faces, *(cells if own["n"] else ("-", "-", "-")))
    console.print()
    console.print(table)
    console.print()
    console.print(_confusion(figures))


def _confusion(figures: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    classes = figures["classes"]
    title = "Confusion (faces): down what is true, across what the model says"
    table = Table("", title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in classes:
        table.add_column(name[:5], justify="right")
    for row, name in enumerate(classes):
        counts = figures["confusion"][row]
        table.add_row(
            name, *(Text(str(n), style="bold" if row == k else "") for k, n in enumerate(counts))
        )
    return table


def _percent(value: float, between: list[float] | None, sign: str = "%") -> str:
    text = f"{100 * value:.1f}{sign}"
    return text if between is None else f"{text} ({100 * between[0]:.1f}-{100 * between[1]:.1f})"
