"""`mimika video`: a film or a stream, in the window or written to files."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._output import Output
from mimika.pipeline.settings import Settings


def video(
    film: str,
    /,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = Settings(),
    output: Annotated[Output, Parameter(name="*")] = Output(),
) -> None:
    """See a video file or a network stream: every face with its emotion.

    It plays in a window where there is a screen and no file is asked for; with --output, --csv or
    --jsonl it runs as fast as it can without one. At the end a table says who showed what, and the
    strongest moments.

    Examples:
        mimika video film.mp4
        mimika video film.mp4 --output seen.mp4 --csv seen.csv
        mimika video rtsp://camera.local/stream --jsonl seen.jsonl
        mimika video film.mp4 --detector haar --every 2 --lang ru

    Args:
        film: A video file of any kind that FFmpeg reads, an animated GIF, or an rtsp/http URL.
    """
    from mimika.apps.cli._play import play
    from mimika.apps.cli.console import be_quiet
    from mimika.sources.open import open_source

    be_quiet(output.quiet)
    play(lambda: open_source(film), settings, output, title=film)
