"""Models in the terminal: a table to choose from, and what one says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from mimika.apps.cli.console import shown
from mimika.models.find import model_path
from mimika.schema.outputs import MAIN_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.models.card import Card


def _size(name: str) -> str:
    return f"{model_path(name).stat().st_size / 1e6:.1f} MB"


def overview(cards: Mapping[str, Card]) -> Table:
    """What to choose between: a line a model, its accuracy on test faces by their labels."""
    sets = [key for key in next(iter(cards.values())).metrics if key.endswith("/test")]
    table = Table("--model", "network", title="Accuracy on faces that none was trained on")
    for name in sets:
        table.add_column(name.removesuffix("/test"), justify="right")
    table.add_column("file", justify="right")
    for name, card in cards.items():
        figures = [
            f"{card.metrics[each]['accuracy']:.1%}" if each in card.metrics else "" for each in sets
        ]
        table.add_row(name, card.name, *figures, _size(name))
    return table


def whole_card(name: str, card: Card) -> Table:
    """All that a model says of itself."""
    spec = card.input
    table = Table(title=shown(f"{name}: {card.name} {card.version}"), show_header=False)
    rows = {
        "labels": ", ".join(card.labels),
        "input": f"{spec.width}x{spec.height} {spec.color}, crop margin {card.crop_margin:g}",
        "further outputs": ", ".join(name for name in card.outputs if name != MAIN_OUTPUT),
        "training data": card.training_data,
        "calibration": card.calibration.describe(),
        "figures": "\n".join(_figures(key, value) for key, value in card.metrics.items()),
        "audit": "\n".join(_figures(key, value) for key, value in card.audit.items()),
        "license": card.license,
        "created": card.created,
        "notes": card.notes,
        "file": _size(name),
    }
    for key, value in rows.items():
        if value:
            table.add_row(key, value)
    return table


def _figures(name: str, value: object, indent: str = "") -> str:
    """A line such as "nine/test: accuracy 81.6%, ece 1.9%, n 3572"; what is deeper, indented."""
    if not isinstance(value, dict):
        number = f"{value:.1%}" if isinstance(value, float) and 0 <= value <= 1 else str(value)
        return f"{name.replace('_', ' ')} {number}"
    flat = [_figures(key, each) for key, each in value.items() if not isinstance(each, dict)]
    deep = [
        _figures(key, each, f"{indent}  ") for key, each in value.items() if isinstance(each, dict)
    ]
    return "\n".join([f"{indent}{name}: {', '.join(flat)}".rstrip(), *deep])
