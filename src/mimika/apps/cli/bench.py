"""`mimika bench`: how fast Mimika is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import SECONDS, Charts, JsonFile, Overwrite, Quiet, Several
from mimika.apps.cli._output import SettingsOption
from mimika.pipeline.settings import Settings


def bench(
    what: Literal["pipeline", "networks", "startup", "all"] = "pipeline",
    /,
    *,
    budget: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    seconds: Annotated[float, Parameter(validator=SECONDS)] = 3.0,
    models: Annotated[list[Path] | None, Several] = None,
    engines: Annotated[list[str] | None, Several] = None,
    no_known: bool = False,
    json: JsonFile = None,
    charts: Charts = None,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
    settings: SettingsOption = Settings(),
) -> int:
    """Measure the pipeline, networks on engines, or the start of the program.

    Medians and 95th percentiles of real frames after a warm-up, with the processor, threads and
    versions beside them, and a warning when the machine is busy with something else.

    Examples:
        mimika bench
        mimika bench --budget 33
        mimika bench networks --models my-model.onnx --engines cpu openvino --no-known
        mimika bench all --json bench.json --charts figures/

    Args:
        what: The pipeline on real frames, networks by engine and batch, the start of the program,
            or all.
        budget: Milliseconds that a frame may take: marks what fits; exit code 1 where a scene does
            not.
        seconds: About how long to measure each row.
        models: Model files for the networks' table, beside the bundled one.
        engines: Engines for the networks' table; those that are installed where none is named.
        no_known: Leave out custom_cnn, mobilenet_v2, resnet50 and vgg19 at 128x128, which take
            minutes and need the train extra.
    """
    from mimika.apps.cli._bench_report import run_and_report
    from mimika.apps.cli._json import print_json_alone
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet

    be_quiet(quiet)
    print_json_alone(json)
    chart = charts / "bench.png" if charts else None
    claim([json, chart], inputs=models or (), overwrite=overwrite)
    fits = run_and_report(
        what,
        settings,
        budget_ms=budget,
        seconds=seconds,
        models=models or [],
        engines=engines or [],
        known=not no_known,
        json_file=json,
        chart=chart,
    )
    return 0 if fits else 1
