"""`mimika bench`: how fast Mimika is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mimika.pipeline.settings import Settings


def bench(
    what: Literal["pipeline", "networks", "startup", "all"] = "pipeline",
    /,
    *,
    budget: float | None = None,
    seconds: float = 3.0,
    models: Annotated[list[Path] | None, Parameter(negative="", consume_multiple=True)] = None,
    engines: Annotated[list[str] | None, Parameter(negative="", consume_multiple=True)] = None,
    no_known: bool = False,
    json: Path | None = None,
    picture: Path | None = None,
    settings: Annotated[Settings, Parameter(name="*")] = Settings(),
) -> int:
    """Measure the pipeline, networks on engines, or the start of the program.

    Medians and 95th percentiles of real frames after a warm-up, with the processor, threads and
    versions beside them, and a warning when the machine is busy with something else.

    Examples:
        mimika bench
        mimika bench --budget 33
        mimika bench networks --models my-model.onnx --engines cpu openvino --no-known
        mimika bench all --json bench.json --picture bench.png

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
        json: Write all figures to this file.
        picture: Draw the figures to this file (needs the train extra).
    """
    from mimika.apps.cli._bench_report import run_and_report

    fits = run_and_report(
        what,
        settings,
        budget_ms=budget,
        seconds=seconds,
        models=models or [],
        engines=engines or [],
        known=not no_known,
        json_file=json,
        picture=picture,
    )
    return 0 if fits else 1
