"""`mimika export`: a model file from a run or a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import (
    CardLicense,
    CardName,
    CardNotes,
    Overwrite,
    Quiet,
    Target,
)


def export(
    source: Path,
    /,
    *,
    output: Target,
    further: Annotated[list[Path] | None, Parameter(name="--with", negative="")] = None,
    share: Annotated[list[float] | None, Parameter(negative="")] = None,
    name: CardName = "",
    temperature: Annotated[float, Parameter(validator=Number(gte=0, lte=100))] = 0.0,
    prior_power: Annotated[float, Parameter(validator=Number(gte=0, lte=4))] = 0.0,
    license: CardLicense = "",
    notes: CardNotes = "",
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Write the model file of a run, or of several, compared with PyTorch before it is there.

    Args:
        source: A run's folder (its best weights), such weights as a file, or a checkpoint (its last
            moving average).
        further: Another run; the file gives the mean of the probabilities of all. Give --with again
            for each further one.
        share: The share in that mean of a run given by --with, once for each; the first run has the
            rest. All count alike where none is given.
        temperature: Divides the logits; 0 takes what the run found on its validation faces, and 1
            for several.
        prior_power: Divides the probabilities, after the temperature, by the class shares of the
            training faces to this power: 0 leaves them, 0.5 raises the recall of rare emotions, 1
            takes the imbalance out wholly.

    Examples:
        mimika export runs/first -o first.onnx
        mimika export runs/first -o balanced.onnx --prior-power 0.5
        mimika export runs/first --with runs/second --share 0.4 -o mean.onnx
        mimika export models/slim-s48.safetensors -o fast.onnx
    """
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, out as console
    from mimika.training.extra import require

    be_quiet(quiet)
    claim([output], inputs=[source, *(further or [])], overwrite=overwrite)
    require("Exporting")
    from mimika.training.finished_run import export_run

    card, worst = export_run(
        source,
        output,
        further=further or (),
        shares=share or (),
        name=name,
        temperature=temperature,
        prior_power=prior_power,
        license=license,
        notes=notes,
    )
    console.print(
        f"{output}: {card.name}, {len(card.labels)} classes, {output.stat().st_size / 1e6:.1f} MB; "
        f"differs from PyTorch by at most {worst:.1g}.",
        soft_wrap=True,
    )
