"""What a film's results lack when its last frame was seen: the sound, and the table of Parquet.

Both are made by processes that end, so that the server does not keep the libraries for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.server.downloads import downloads
from mimika.apps.server.films import add_sound, write_parquet
from mimika.base.errors import InputError
from mimika.sinks.table import SINKS, SinkKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mimika.apps.server.film_decoder import FilmBudget
    from mimika.apps.server.films import FilmReader
    from mimika.schema.columns import ResultSchema

FILM, ROWS, PARQUET = "output", "csv", "parquet"


def written_while_seen() -> list[SinkKind]:
    """The kinds of results that are written frame by frame."""
    return [kind for kind in downloads() if kind.option != PARQUET]


def finish(
    folder: Path,
    source: FilmReader,
    schema: ResultSchema,
    budget: FilmBudget,
    warn: Callable[[str], None],
) -> None:
    """Make what is not written frame by frame.

    Args:
        folder: the job's, with the other results.
        source: the film, read to its end.
        schema: which fields the results have.
        budget: what each process may take.
        warn: called with what could not be done, in sentences for the user.

    Raises:
        InputError: the table cannot be written.
    """
    _add_sound(folder, source, budget, warn)
    if any(kind.option == PARQUET for kind in downloads()):
        rows, table = (folder / SINKS[kind].file_name for kind in (ROWS, PARQUET))
        write_parquet(rows, table, schema, budget)


def _add_sound(
    folder: Path, source: FilmReader, budget: FilmBudget, warn: Callable[[str], None]
) -> None:
    film = folder / SINKS[FILM].file_name
    joined = film.with_stem("joined")
    try:
        laid, tracks = add_sound(film, source, budget, joined)
        if laid:
            joined.replace(film)
    except (InputError, OSError):
        warn("The annotated film has no sound: that of the video cannot be read.")
        return
    finally:
        joined.unlink(missing_ok=True)
    if laid < tracks:
        warn(
            f"The annotated film has {laid} of the video's {tracks} sound tracks: the others "
            "cannot be laid beside the pictures."
        )
