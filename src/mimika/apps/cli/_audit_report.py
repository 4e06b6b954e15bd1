"""How `mimika audit` says what it found, in short; the page has all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.apps.cli.console import notice, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console


def report(console: Console, found: Mapping[str, Any]) -> None:
    """Print the figures, the strongest grade of each degradation, and the warnings."""
    from rich.table import Table
    from rich.text import Text

    clean = found["clean"]
    console.print(
        Text(f"{shown(found['model'])} on {shown(found['data'])}, {found['split']}", "bold").append(
            f": {found['n']} faces", "not bold"
        ),
        soft_wrap=True,
    )
    for words, value, interval in (
        ("accuracy", clean["accuracy"], clean["intervals"]["accuracy"]),
        (
            "balanced accuracy (mean recall)",
            clean["balanced_accuracy"],
            clean["intervals"]["balanced_accuracy"],
        ),
        ("expected calibration error", clean["ece"], clean["intervals"]["ece"]),
    ):
        low, high = (100 * end for end in interval)
        console.print(f"  {words:34}{100 * value:.1f}% ({low:.1f}-{high:.1f})")
    if (presence := found["presence"]) is not None:
        hidden = f"{100 * presence['hidden']['value']:.1f}% of {presence['hidden']['n']}"
        console.print(f"  {'hidden as no faces':34}{hidden}")
    if (detection := found["detection"]) is not None:
        seen = f"{100 * detection['found']['value']:.1f}% of {detection['found']['n']}"
        further = f"{detection['further']:.2f}"
        if "further_hidden" in detection:
            further += f", of which {detection['further_hidden']:.2f} hidden as no faces"
        console.print(f"  {'faces found':34}{seen}")
        console.print(f"  {'further boxes a picture':34}{further}")
    table = Table("degraded", "accuracy, % by grade", box=None, padding=(0, 2, 0, 0))
    for each in found["robustness"]:
        grades = (f"{g['written']}: {100 * g['accuracy']['value']:.1f}" for g in each["grades"])
        table.add_row(each["name"], "   ".join(grades))
    console.print()
    console.print(table)
    console.print()
    if not found["groups"]:
        notice("The data set has no column that names groups of people: they were not compared.")
    for column, compared in found["groups"].items():
        few = sorted({row["group"] for row in compared["groups"] if row["too_few"]})
        if few:
            notice(f"Too few faces to compare by {column}: {', '.join(few)}.")
    for line in found["warnings"]:
        console.print(line, style="bold", soft_wrap=True)
