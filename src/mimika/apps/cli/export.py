"""`mimika export`: a model file from a run or a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def export(
    source: Path,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    name: str = "",
    temperature: float = 0.0,
    prior_power: float = 0.0,
    license: str = "",
    notes: str = "",
    quiet: bool = False,
) -> None:
    """Write the model file of a run, compared with PyTorch before it takes its name.

    Args:
        source: A run's folder (its best weights) or a checkpoint (its last moving average).
        out: The .onnx file to write.
        name: Name in the card; the run's own where not given.
        temperature: Divides the logits; 0 takes what the run found on its validation faces.
        prior_power: Divides the probabilities by the class shares of the training faces to this
            power: 0 leaves them, 0.5 raises the recall of rare emotions, 1 takes the imbalance
            out wholly.
        license: License of the weights, for the card.
        notes: What else the card should say.
        quiet: Print errors only.

    Examples:
        mimika export runs/first -o first.onnx
        mimika export runs/first -o balanced.onnx --prior-power 0.5
    """
    from mimika.apps.cli.console import be_quiet
    from mimika.apps.cli.console import out as console
    from mimika.training.extra import require

    be_quiet(quiet)
    require("Exporting")
    from mimika.training.finished_run import export_run

    card, worst = export_run(
        source,
        out,
        name=name,
        temperature=temperature,
        prior_power=prior_power,
        license=license,
        notes=notes,
    )
    console.print(
        f"{out}: {card.name}, {len(card.labels)} classes, {out.stat().st_size / 1e6:.1f} MB; "
        f"differs from PyTorch by at most {worst:.1g}.",
        soft_wrap=True,
    )
