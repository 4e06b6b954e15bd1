"""From a file's name to the sink that writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import OutputError
from mimika.base.files import check_distinct
from mimika.sinks.table import SINKS, SinkContext

if TYPE_CHECKING:
    from os import PathLike

    from mimika.drawing.overlay import Overlay
    from mimika.schema.columns import ResultSchema
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import SourceInfo


def open_sink(
    path: str | PathLike[str],
    source: SourceInfo,
    schema: ResultSchema,
    *,
    overlay: Overlay | None = None,
    empty_frames: bool = False,
) -> Sink:
    """Open the sink that a file's ending names.

        with mimika.open_sink("seen.csv", film.info, recognizer.schema) as sink:
            sink.write(frame, result)

    Args:
        path: the file: .csv, .jsonl, .parquet, .mp4 and so on; for pictures a picture's name or a
            folder as well.
        source: where the frames come from, `Source.info`.
        schema: which fields the results have, `Recognizer.schema`.
        overlay: how faces are drawn on pictures and films.
        empty_frames: tables have a row for a frame without a face.

    Raises:
        OutputError: no sink writes such a file, it cannot be written, or it is the source itself.
        MissingExtra: a package that it needs is not installed.
    """
    path = Path(path)
    check_distinct([path], [source.name])
    suffix = path.suffix.lower()
    context = SinkContext(source=source, schema=schema, overlay=overlay, empty_frames=empty_frames)
    for kind in SINKS.values():
        if suffix in kind.suffixes:
            return kind.open(path, context)
    if source.kind == "images":
        return SINKS["output"].open(path, context)
    endings = ", ".join(kind.suffixes[0] for kind in SINKS.values())
    raise OutputError(f"{path} has no ending that says what to write: give it one of {endings}.")
