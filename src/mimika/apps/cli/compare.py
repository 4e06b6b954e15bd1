"""`mimika compare`: several networks on one data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._options import OUTPUT_NAMES, Data, Quiet, Several
from mimika.base.errors import UsageError
from mimika.training.config import Augment, Config, changed


def compare(
    data: Data,
    /,
    *,
    output: Annotated[Path, OUTPUT_NAMES] = Path("comparison"),
    networks: Annotated[tuple[str, ...], Several] = (
        "custom_cnn",
        "vgg19",
        "resnet50",
        "mobilenet_v2",
    ),
    augments: Annotated[tuple[Augment, ...], Several] = ("none", "light"),
    starts: Annotated[tuple[str, ...], Several] = (),
    quiet: Quiet = False,
    config: Annotated[Config, Parameter(name="*")] = Config(),
) -> None:
    """Train several networks with and without augmentation, and say which is best.

    Every pair has the same split and the same budget, and a run's folder of its own. Started again,
    the command keeps what is finished and goes on with what is not. The folder gets comparison.md,
    comparison.csv, bars.png, curves.png and confusion.png.

    Args:
        output: Folder of the comparison.
        networks: The networks.
        augments: The levels of augmentation.
        starts: Starting weights of networks, as NETWORK=imagenet, NETWORK=none or NETWORK=FILE.
        config: The settings that all runs share.

    Examples:
        mimika compare fer2013.csv -o comparison --epochs 20
        mimika compare faces/ --networks custom_cnn repvgg_s48 --augments light
        mimika compare faces/ --starts vgg19=none resnet50=none
    """
    from mimika.apps.cli.console import Interrupted, be_quiet, err, is_quiet, notice, out as console
    from mimika.training.extra import require, wait_passively

    be_quiet(quiet)
    require("Comparing networks")
    wait_passively()
    from rich.table import Table

    from mimika.training.comparison import compare as run
    from mimika.training.comparison_report import COLUMNS, write_report
    from mimika.training.trainer.callbacks import Callback, TerminalCallback

    if not changed(config).keys().isdisjoint({"network", "augment"}):
        raise UsageError("compare takes --networks and --augments, several of each.")
    weights = dict(part.split("=", 1) for part in starts if "=" in part)
    if len(weights) < len(starts):
        raise UsageError("--starts takes NETWORK=WEIGHTS, such as vgg19=none.")
    callback = Callback() if is_quiet() else TerminalCallback(err)
    try:
        entries = run(
            data,
            output,
            config,
            networks=networks,
            augments=augments,
            start=weights,
            callback=callback,
        )
    except KeyboardInterrupt:
        notice("Stopped; what is finished is kept: the same command goes on from here.")
        raise Interrupted from None
    conclusion = write_report(output, entries)
    # Broken by hand, so that it fits 80 columns.
    headings = [heading.replace(" ", "\n") for heading, _, _ in COLUMNS]
    for end in ("tation", "eters", "ing,"):
        headings = [heading.replace(end, f"-\n{end}") for heading in headings]
    table = Table(*headings, box=None, padding=(0, 1, 0, 0))
    table.columns[0].no_wrap = True
    for column in table.columns[3:]:
        column.justify = "right"
    for entry in entries:
        table.add_row(*(cell(entry) for _, _, cell in COLUMNS))
    console.print(table)
    console.print(conclusion, soft_wrap=True)
    console.print(f"Table and pictures: {output / 'comparison.md'}", soft_wrap=True)
