"""`mimika train`: from labeled faces to a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._options import OUTPUT_NAMES, Quiet, Resume
from mimika.base.errors import UsageError
from mimika.training.config import Config, changed, merged, read_config


def train(
    data: Path | None = None,
    /,
    *,
    output: Annotated[Path | None, OUTPUT_NAMES] = None,
    resume: Resume = False,
    like: Path | None = None,
    quiet: Quiet = False,
    config: Annotated[Config, Parameter(name="*")] = Config(),
) -> None:
    """Train a network on labeled faces; the run's folder holds the model file.

    The folder gets config.json, log.csv, checkpoint.safetensors, weights.safetensors, model.onnx,
    metrics.json and pictures. Ctrl-C keeps the last finished epoch; --resume goes on from there
    and ends as if nothing had happened. On several GPUs: torchrun --nproc-per-node 4 -m mimika
    train DATA …

    Args:
        data: The data set: a folder with a folder per class, the competition's folder, fer2013.csv,
            or any CSV of path and label (docs/data.md).
        output: Folder of the run; runs/NETWORK where not given.
        like: Take the settings of this run (a folder or config.json); options given beside it
            count more.
        config: The settings of training.

    Examples:
        mimika train faces/ -o runs/first
        mimika train fer2013.csv --network mobilenet_v2 --epochs 20
        mimika train faces/ --network repvgg_s48 --teacher runs/a --teacher runs/b
        mimika train -o runs/first --resume
        mimika webcam --model runs/first
    """
    from mimika.apps.cli.console import (
        Interrupted,
        as_typed,
        be_quiet,
        err,
        is_quiet,
        notice,
        out as console,
    )
    from mimika.training.extra import require, wait_passively

    be_quiet(quiet)
    require("Training")
    wait_passively()
    from mimika.training import finished_run, run
    from mimika.training.trainer.callbacks import Callback, TerminalCallback

    callback = Callback() if is_quiet() else TerminalCallback(err)
    if resume:
        if like is not None or changed(config):
            raise UsageError(
                "--resume goes on with the run's own settings: leave the other options out, or "
                "start a new run with --like."
            )
        if output is None:
            raise UsageError("Say which run: `mimika train --output RUN --resume`.")
        data = data or Path(finished_run.read_data_path(output))
        folder = output
    else:
        if like is not None:
            config = merged(read_config(like), config)
        if data is None:
            raise UsageError("Say which data set: `mimika train DATA`; docs/data.md shows how.")
        folder = output or Path("runs") / config.network.replace(":", "-").replace("/", "-")
    try:
        figures = run.train(data, folder, config, resume=resume, callback=callback)
    except KeyboardInterrupt:
        notice(
            "Stopped; the last finished epoch is kept: go on with "
            f"`mimika train -o {folder} --resume`."
        )
        raise Interrupted from None
    console.print(
        f"{folder / run.MODEL_FILE}: {figures['accuracy']:.1%} of {figures['n']} validation faces "
        f"right, balanced {figures['balanced_accuracy']:.1%}, best of {figures['epochs']} epochs: "
        f"{figures['epoch']}; {figures['images_per_second']:.0f} images/s, "
        f"{figures['train_seconds']:.0f} s.",
        soft_wrap=True,
    )
    if "gpu_busy" in figures:
        console.print(f"The GPU computed {figures['gpu_busy']:.0%} of the time.")
    console.print(as_typed(f"Try it: `mimika webcam --model {folder}`"), soft_wrap=True)
