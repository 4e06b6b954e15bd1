"""`mimika compare`: several networks on one data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.base.errors import UsageError
from mimika.training.config import Augment, Config, changed


def compare(
    data: Path,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")] = Path("comparison"),
    networks: tuple[str, ...] = ("custom_cnn", "vgg19", "resnet50", "mobilenet_v2"),
    augments: tuple[Augment, ...] = ("none", "light"),
    start: tuple[str, ...] = (),
    quiet: bool = False,
    config: Annotated[Config, Parameter(name="*")] = Config(),
) -> None:
    """Train several networks with and without augmentation, and say which is best.

    Every pair has the same split and the same budget, and a run's folder of its own. Started again,
    the command keeps what is finished and goes on with what is not. The folder gets comparison.md,
    comparison.csv, bars.png, curves.png and confusion.png.

    Args:
        data: The data set (docs/data.md).
        out: Folder of the comparison.
        networks: The networks; may be given several times.
        augments: The levels of augmentation; may be given several times.
        start: Starting weights of one network, as NETWORK=imagenet, NETWORK=none or NETWORK=FILE;
            may be given several times.
        quiet: Print errors only.
        config: The settings that all runs share.

    Examples:
        mimika compare fer2013.csv -o comparison --epochs 20
        mimika compare faces/ --networks custom_cnn --networks repvgg_s48 --augments light
        mimika compare faces/ --start vgg19=none --start resnet50=none
    """
    from mimika.apps.cli.console import be_quiet, err, is_quiet, notice
    from mimika.apps.cli.console import out as console
    from mimika.training.extra import require

    be_quiet(quiet)
    require("Comparing networks")
    from rich.table import Table

    from mimika.training.comparison import compare as run
    from mimika.training.comparison_report import COLUMNS, write_report
    from mimika.training.trainer.callbacks import Callback, TerminalCallback

    if not changed(config).keys().isdisjoint({"network", "augment"}):
        raise UsageError("compare takes --networks and --augments, each as often as you like.")
    weights = dict(part.split("=", 1) for part in start if "=" in part)
    if len(weights) < len(start):
        raise UsageError("--start takes NETWORK=WEIGHTS, such as vgg19=none.")
    callback = Callback() if is_quiet() else TerminalCallback(err)
    try:
        entries = run(
            data,
            out,
            config,
            networks=networks,
            augments=augments,
            start=weights,
            callback=callback,
        )
    except KeyboardInterrupt:
        notice("What is finished is kept: the same command goes on from here.")
        raise
    said = write_report(out, entries)
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
    console.print(said, soft_wrap=True)
    console.print(f"Table and pictures: {out / 'comparison.md'}", soft_wrap=True)
