"""`mimika demo`: the bundled clip, for a first look without a camera."""

from __future__ import annotations

from pathlib import Path

from mimika.apps.cli._output import Output, OutputOption, SettingsOption
from mimika.pipeline.settings import Settings

FOLDER = Path("mimika-out")
USUAL = {"output": FOLDER / "demo.mp4", "csv": FOLDER / "demo.csv"}


def demo(
    *,
    settings: SettingsOption = Settings(),
    output: OutputOption = Output(),
) -> None:
    """Play the bundled clip of a woman who cries and then laughs.

    Writes the annotated video and a CSV to mimika-out/ (or where --output and --csv say) and prints
    a table of what it saw.

    Examples:
        mimika demo
        mimika demo --no-window --lang ru
    """
    from mimika.apps.cli._play import play
    from mimika.apps.cli.console import be_quiet
    from mimika.sources.video import Video

    be_quiet(output.quiet)
    clip = Path(__file__).parents[2] / "assets" / "demo.mp4"
    # The usual files are Mimika's own and are written anew each time.
    output.claim(output.files.values(), inputs=[clip])
    files = USUAL | output.files
    play(
        lambda start_s=None: Video(clip, start_s=start_s or 0.0),
        settings,
        output,
        files=files,
        title="demo",
        window=not output.no_window,
    )
