"""`mimika webcam`: the live window."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import Size
from mimika.apps.cli._output import Output, OutputOption, SettingsOption
from mimika.pipeline.settings import Settings


def webcam(
    camera: str = "0",
    /,
    *,
    size: Size | None = None,
    fps: Annotated[float | None, Parameter(validator=Number(gt=0, lte=1000))] = None,
    settings: SettingsOption = Settings(),
    output: OutputOption = Output(),
) -> None:
    """Open a webcam: a window in which every face carries its emotion.

    Keys in the window: q quit, s snapshot, r record, b bars of all emotions, Tab or a click the
    bars of one face, m mirror, space pause, c next camera, l language, f full screen, h help.
    Nothing is stored unless you ask for it.

    Examples:
        mimika webcam
        mimika webcam 1 --size 1280x720 --lang ru
        mimika webcam "HD Pro Webcam" --csv today.csv
        mimika webcam --no-window --jsonl today.jsonl

    Args:
        camera: Number or name of the camera, see `mimika cameras`.
        size: Picture size to ask the camera for, such as 1280x720.
        fps: Frames a second to ask the camera for.
    """
    from mimika.apps.cli._play import play
    from mimika.apps.cli.console import be_quiet
    from mimika.sources.camera import Camera

    be_quiet(output.quiet)
    output.claim(output.files.values())
    play(
        lambda _=None: Camera(camera, size=size, rate_hz=fps),
        settings,
        output,
        files=output.files,
        title="webcam",
    )
