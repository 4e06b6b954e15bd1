"""How `mimika dataset` says what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.cli.console import shown

if TYPE_CHECKING:
    from rich.console import Console

    from mimika.training.data.dataset import LabeledFaces

GROUPS_SHOWN = 10


def report(console: Console, data: LabeledFaces) -> None:
    """Print a data set: classes by split, sizes, duplicates, notes, faults."""
    from rich.table import Table
    from rich.text import Text

    title = Text(shown(data.name), style="bold").append(f": {shown(data.layout)}", "not bold")
    console.print(title, soft_wrap=True)
    table = Table("class", *data.splits, "all", "share")
    for column in table.columns[1:]:
        column.justify = "right"
    counts = {split: data.counts(split) for split in data.splits}
    total = sum(sum(own.values()) for own in counts.values())
    for name in data.classes:
        row = [counts[split][name] for split in data.splits]
        table.add_row(name, *map(str, row), str(sum(row)), f"{sum(row) / total:.1%}")
    table.add_section()
    sums = [sum(own.values()) for own in counts.values()]
    table.add_row("all", *map(str, sums), str(total), "")
    console.print(table)
    console.print(_sizes(data), soft_wrap=True)
    for name, further in data.splits["train"].further.items():
        console.print(f"A further labeling, {name}: {', '.join(further.classes)}.", soft_wrap=True)
    found = data.duplicates
    console.print(
        f"Equal pictures: {len(found.leaked)} of train equal one of valid or test, "
        f"{len(found.test_in_valid)} of test equal one of valid, {len(found.within)} repeat one of "
        f"their split, {len(found.two_labels)} groups have two labels.",
        soft_wrap=True,
    )
    for group in found.two_labels[:GROUPS_SHOWN]:
        names = ", ".join(data.pictures.name(row) for row in group)
        console.print(f"  two labels: {shown(names)}", soft_wrap=True)
    if (more := len(found.two_labels) - GROUPS_SHOWN) > 0:
        console.print(f"  and {more} more groups; --json lists them all.")
    for note in data.notes:
        console.print(shown(note), soft_wrap=True)
    for problem in data.problems:
        console.print(shown(f"{problem.kind}: {problem}"), style="red", soft_wrap=True)


def as_dict(data: LabeledFaces) -> dict[str, Any]:
    """The report with every name in it, as JSON-ready values."""
    name = data.pictures.name
    found = data.duplicates
    return {
        "name": data.name,
        "layout": data.layout,
        "classes": list(data.classes),
        "counts": {split: data.counts(split) for split in data.splits},
        "crop": data.crop,
        "notes": list(data.notes),
        "problems": [{"kind": p.kind, "where": p.where, "why": p.why} for p in data.problems],
        "leaked": [name(int(row)) for row in found.leaked],
        "test_in_valid": [name(int(row)) for row in found.test_in_valid],
        "within": [name(int(row)) for row in found.within],
        "two_labels": [[name(row) for row in group] for group in found.two_labels],
    }


def _sizes(data: LabeledFaces) -> str:
    sizes = data.scan.sizes[(data.scan.sizes > 0).all(1)]
    low, high = sizes.min(0), sizes.max(0)
    if (low == high).all():
        return f"All pictures have {low[1]}x{low[0]} pixels."
    middle = np.median(sizes, axis=0).astype(int)
    return (
        f"Pictures have {low[1]}x{low[0]} to {high[1]}x{high[0]} pixels (width x height, each by "
        f"itself), the middle one {middle[1]}x{middle[0]}."
    )
