"""`mimika demo`: the bundled clip, for a first look without a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mimika.apps.cli._output import Output
from mimika.pipeline.settings import Settings

FOLDER = Path("mimika-out")


def demo(
    *,
    settings: Annotated[Settings, Parameter(name="*")] = Settings(),
    output: Annotated[Output, Parameter(name="*")] = Output(),
) -> None:
    """Play the bundled clip of a woman who cries and then laughs.

    Writes the annotated video and a CSV to mimika-out/ (or where --output and --csv say) and prints
    a table of what it saw.

    Examples:
        mimika demo
        mimika demo --no-window --lang ru
    """
    from dataclasses import replace

    from mimika.apps.cli._play import play
    from mimika.apps.cli.console import be_quiet
    from mimika.sources.video import Video

    be_quiet(output.quiet)
    clip = Path(__file__).parents[2] / "assets" / "demo.mp4"
    usual: dict[str, Any] = {"output": FOLDER / "demo.mp4", "csv": FOLDER / "demo.csv"}
    filled = replace(output, **(usual | output.files))
    play(lambda: Video(clip), settings, filled, title="demo", window=not output.no_window)
