"""`mimika models`: what can be given to --model, and what a model file says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._json import write_json
from mimika.apps.cli._options import JsonFile, Overwrite, Quiet
from mimika.apps.cli._targets import claim
from mimika.apps.cli.console import as_typed, be_quiet, out


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
        files: Names of models, model files or folders of training runs, whose cards are shown;
            where none is given, the bundled models are listed.
    """
    from mimika.apps.cli._models_report import overview, whole_card
    from mimika.models.find import BUNDLED
    from mimika.models.model import open_model

    be_quiet(quiet)
    claim([json], inputs=files or (), overwrite=overwrite)
    names = [str(file) for file in files] if files else list(BUNDLED)
    cards = {name: open_model(name, engine="cpu").card for name in names}
    if json:
        write_json(json, {name: card.to_dict() for name, card in cards.items()})
        return
    if not files:
        out.print(overview(cards))
        out.print(as_typed("`mimika models default` shows all that a model says of itself."))
        return
    for name, card in cards.items():
        out.print(whole_card(name, card))
