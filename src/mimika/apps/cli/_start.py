"""`mimika` without a verb: the webcam, or the demo clip where there is none."""

from __future__ import annotations

from mimika.apps.cli._output import Output, OutputOption, SettingsOption
from mimika.pipeline.settings import Settings


def start(
    *,
    settings: SettingsOption = Settings(),
    output: OutputOption = Output(),
) -> None:
    """Open the webcam; where there is none, or no screen, play the demo clip to files instead."""
    from dataclasses import replace

    from mimika.apps.cli._play import need_display
    from mimika.apps.cli.console import notice
    from mimika.apps.cli.demo import demo
    from mimika.apps.cli.webcam import webcam
    from mimika.apps.words import word
    from mimika.base.errors import DeviceError, NoDisplay

    try:
        if not output.no_window:
            need_display()
        webcam(settings=settings, output=output)
    except NoDisplay as error:
        notice(f"{error} {word('no_screen_demo', output.lang)}")
        demo(settings=settings, output=replace(output, no_window=True))
    except DeviceError as error:
        notice(f"{error} {word('no_camera_demo', output.lang)}")
        demo(settings=settings, output=output)
