"""`mimika calibrate`: temperature and prior power of a network or model file, chosen as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import (
    OUTPUT_NAMES,
    CardLicense,
    CardName,
    CardNotes,
    JsonFile,
    Labels,
    Overwrite,
    Quiet,
)


def calibrate(
    source: Path,
    data: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    output: Annotated[Path | None, OUTPUT_NAMES] = None,
    labels: Labels = "auto",
    split: Literal["auto", "all", "train", "valid", "test"] = "auto",
    temperature: Annotated[float, Parameter(validator=Number(gte=0, lte=100))] = 0.0,
    prior_power: Annotated[float | None, Parameter(validator=Number(gte=0, lte=4))] = None,
    against: str | None = None,
    name: CardName = "",
    license: CardLicense = "",
    notes: CardNotes = "",
    json: JsonFile = None,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Choose temperature and prior power as one, so that confidence holds away from home too.

    The first data set counts as it is and as a degraded copy, each further one by itself. Among the
    temperatures that keep the calibration error on the first at 2.5% or less, the one with the
    least loss over all is taken; among the powers the greatest that costs at most 2 points of
    accuracy on the first.

    Args:
        source: A run's folder, such weights as a file, a checkpoint, or a model file, also in int8;
            after `mimika quantize` give its file, as confidence changes with the rounding.
        data: The data sets; the first is of the kind that the network was trained on, and its valid
            faces count where it has any; --labels is about it alone.
        output: Write the model file with what was chosen; of a model file all else is kept.
        split: Which of the first data set's faces; auto is valid where it has that.
        temperature: Take this one, and choose the power alone; 0 chooses.
        prior_power: Take this one, and choose the temperature alone.
        against: A model file that is measured on the same faces, to compare with.

    Examples:
        mimika calibrate runs/first FERPLUS london/ -o first.onnx
        mimika calibrate first-int8.onnx FERPLUS london/ -o first-int8-calibrated.onnx
        mimika calibrate models/repvgg-s48.safetensors FERPLUS london/ --against default
    """
    from mimika.apps.cli._json import print_json_alone, write_json
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice, out as console
    from mimika.models.model import open_model
    from mimika.training.extra import require

    be_quiet(quiet)
    print_json_alone(json)
    claim([output, json], inputs=[source, *data], overwrite=overwrite)
    require("Calibrating")
    from mimika.models.calibration import Calibration
    from mimika.training.calibration import (
        calibrate as choose,
        collect,
        figures_of,
        write_calibrated,
    )

    known = open_model(against, engine="cpu") if against is not None else None
    with progress_bar() as progress:
        chosen, tried = choose(
            source,
            data,
            labels=labels,
            split=split,
            temperature=temperature,
            prior_power=prior_power,
            progress=progress,
        )
        before: list[dict[str, Any]] = []
        if known is not None:
            asked = collect(known, data, labels=labels, split=split, progress=progress)
            before = figures_of(asked, Calibration())
    found = chosen.calibration
    console.print(f"--temperature {found.temperature:g} --prior-power {found.prior_power:g}")
    console.print(_table(chosen.sets, before, against or ""))
    if json is not None:
        write_json(
            json,
            chosen.to_dict()
            | {
                "powers": [each.to_dict() for each in tried],
                "against": {"model": against, "sets": before} if before else None,
            },
        )
    if output is not None:
        card = write_calibrated(source, output, found, name=name, license=license, notes=notes)
        notice(f"Wrote {output}: {card.name}")


def _table(sets: list[dict[str, Any]], before: list[dict[str, Any]], against: str) -> Any:
    from rich.table import Table

    from mimika.apps.cli.console import shown

    columns = ("accuracy", "balanced_accuracy", "ece")
    heads = ("accuracy", "balanced", "calibration error")
    table = Table("", "faces", *heads, box=None, padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for place, each in enumerate(sets):
        rows = [(shown(each["name"]), each)]
        if before:
            rows.append((f"  {shown(against)}", before[place]))
        for name, figures in rows:
            cells = (f"{100 * figures[column]:.1f}%" for column in columns)
            table.add_row(name, str(figures["n"]), *cells)
    return table
