"""`mimika models`: what can be given to --model, and what a model file says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._json import write_json
from mimika.apps.cli._options import JsonFile, Overwrite, Quiet
from mimika.apps.cli._targets import claim
from mimika.apps.cli.console import be_quiet, out


def models(
    files: Annotated[list[Path] | None, Parameter(negative="")] = None,
    /,
    *,
    json: JsonFile = None,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """List the bundled models, or show the card of any model file.

    Examples:
        mimika models
        mimika models my-model.onnx runs/first
        mimika models --json -

    Args:
        files: Model files or folders of training runs; the bundled models where none is given.
    """
    from rich.table import Table

    from mimika.models.find import BUNDLED, model_path
    from mimika.models.model import open_model
    from mimika.schema.outputs import MAIN_OUTPUT

    be_quiet(quiet)
    claim([json], inputs=files or (), overwrite=overwrite)
    names = [str(file) for file in files] if files else list(BUNDLED)
    cards = {name: open_model(name, engine="cpu").card for name in names}
    if json:
        write_json(json, {name: card.to_dict() for name, card in cards.items()})
        return
    for name, card in cards.items():
        size_mb = model_path(name).stat().st_size / 1e6
        spec = card.input
        table = Table(title=f"{name}: {card.name} {card.version}", show_header=False)
        rows = {
            "labels": ", ".join(card.labels),
            "input": f"{spec.width}x{spec.height} {spec.color}, crop margin {card.crop_margin:g}",
            "further outputs": ", ".join(name for name in card.outputs if name != MAIN_OUTPUT),
            "training data": card.training_data,
            "figures": "\n".join(_figure(key, value) for key, value in card.metrics.items()),
            "audit": "\n".join(_figure(key, value) for key, value in card.audit.items()),
            "license": card.license,
            "created": card.created,
            "notes": card.notes,
            "file": f"{size_mb:.1f} MB",
        }
        for key, value in rows.items():
            if value:
                table.add_row(key, value)
        out.print(table)


def _figure(name: str, value: object) -> str:
    """A line such as "nine/test: accuracy 81.6%, ece 1.9%, n 3572"."""
    if isinstance(value, dict):
        return f"{name}: " + ", ".join(_figure(k, v).replace(": ", " ") for k, v in value.items())
    shown = f"{value:.1%}" if isinstance(value, float) and 0 <= value <= 1 else str(value)
    return f"{name.replace('_', ' ')}: {shown}"
