"""The table of sinks: what can be written, under which option, and how it is opened.

From it come the options of the command line, the downloads of the server, `mimika.open_sink` and
docs/results.md. A further sink is one file with its class and one entry here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimika.drawing.overlay import Overlay
    from mimika.schema.columns import ResultSchema
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import SourceInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkContext:
    """What a sink may need to know when it is opened.

    Attributes:
        source: where the frames come from.
        schema: which fields the results have.
        overlay: how faces are drawn; the default's way where None.
        empty_frames: tables have a row for a frame without a face.
        warn: called with what a sink could not do, such as sound that cannot be kept, in
            sentences for the user.
    """

    source: SourceInfo
    schema: ResultSchema
    overlay: Overlay | None = None
    empty_frames: bool = False
    warn: Callable[[str], None] = warnings.warn

    @property
    def table_schema(self) -> ResultSchema:
        """The fields as a table has them: several pictures have names."""
        return self.schema.named() if self.source.kind == "images" else self.schema


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkKind:
    """One kind of sink.

    Attributes:
        option: its option on the command line, without the dashes.
        meaning: the option's help, a sentence.
        suffixes: endings of its files, lower case; the first is the usual one.
        file_name: what the server calls its file.
        media_type: of that file (RFC 6838).
        open: opens it; raises OutputError where the file cannot be written, MissingExtra where a
            package is not installed.
        package: name of the package that it needs beside the base install, "" for none.
    """

    option: str
    meaning: str
    suffixes: tuple[str, ...]
    file_name: str
    media_type: str
    open: Callable[[Path, SinkContext], Sink]
    package: str = ""


def _annotated(path: Path, context: SinkContext) -> Sink:
    from mimika.drawing.overlay import Overlay

    overlay = context.overlay or Overlay()
    if context.source.kind == "images":
        from mimika.sinks.stills import StillsSink

        return StillsSink(path, overlay, root=Path(context.source.name))
    from mimika.sinks.annotated_video import AnnotatedVideo

    return AnnotatedVideo(path, context.source, overlay, warn=context.warn)


def _csv(path: Path, context: SinkContext) -> Sink:
    from mimika.sinks.csv import CsvSink

    return CsvSink(path, context.table_schema.without_wide(), empty_frames=context.empty_frames)


def _jsonl(path: Path, context: SinkContext) -> Sink:
    del context
    from mimika.sinks.jsonl import JsonLinesSink

    return JsonLinesSink(path)


def _parquet(path: Path, context: SinkContext) -> Sink:
    from mimika.sinks.parquet import ParquetSink

    return ParquetSink(path, context.table_schema, empty_frames=context.empty_frames)


SINKS: dict[str, SinkKind] = {
    kind.option: kind
    for kind in (
        SinkKind(
            option="output",
            meaning="Write the annotated video or pictures here (a file, or a folder for several).",
            suffixes=(".mp4", ".m4v", ".mov", ".mkv"),
            file_name="annotated.mp4",
            media_type="video/mp4",
            open=_annotated,
        ),
        SinkKind(
            option="csv",
            meaning="Write one row a face to this CSV file.",
            suffixes=(".csv",),
            file_name="faces.csv",
            media_type="text/csv; charset=utf-8",
            open=_csv,
        ),
        SinkKind(
            option="jsonl",
            meaning="Write one line of JSON a frame to this file.",
            suffixes=(".jsonl", ".ndjson"),
            file_name="frames.jsonl",
            media_type="application/jsonl",
            open=_jsonl,
        ),
        SinkKind(
            option="parquet",
            meaning="Write one row a face to this Apache Parquet file.",
            suffixes=(".parquet",),
            file_name="faces.parquet",
            media_type="application/vnd.apache.parquet",
            open=_parquet,
            package="pyarrow",
        ),
    )
}
"""Kinds of sinks by option."""
