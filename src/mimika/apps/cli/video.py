"""`mimika video`: films and streams, in the window or written to files."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._input import Reading, ReadingOption
from mimika.apps.cli._options import Resume
from mimika.apps.cli._output import Output, OutputOption, SettingsOption
from mimika.pipeline.settings import Settings


def video(
    films: Annotated[list[str], Parameter(negative="")],
    /,
    *,
    resume: Resume = False,
    reading: ReadingOption = Reading(),
    settings: SettingsOption = Settings(),
    output: OutputOption = Output(),
) -> int:
    """Recognize emotions in films or a network stream: who showed what, and when.

    One film plays in a window where there is a screen and no file is asked for; otherwise it runs
    as fast as it can without one. At the end a table says who showed what, and the strongest
    moments. Of several films each gets its own files: name a folder for them (seen/ gets
    seen/film.mp4), or a pattern with {name}. A film that cannot be read is named, and the others
    still run.

    Examples:
        mimika video film.mp4
        mimika video film.mp4 --output seen.mp4 --csv seen.csv
        mimika video holiday/ "more/*.mkv" --output seen --csv "tables/{name}.csv"
        mimika video rtsp://camera.local/stream --jsonl seen.jsonl
        mimika video holiday/ --csv tables --resume
        mimika video film.mp4 --from 1:30 --to 2:00 --every 0.1s
        mimika video film.mp4 --detector haar --lang ru

    Args:
        films: Films of any kind that FFmpeg reads, animated GIFs and WebPs, folders of them,
            patterns such as "*.mp4", or rtsp/http addresses.
    """
    from mimika.apps.cli._films import find_films, see_films
    from mimika.apps.cli.console import be_quiet

    be_quiet(output.quiet)
    return see_films(find_films(films), reading, settings, output, resume=resume)
