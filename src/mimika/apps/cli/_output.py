"""The options that say where results go: one a kind of sink, from the table of sinks."""

# Without postponed annotations: the dataclass that is made below needs the types themselves.
from dataclasses import dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from mimika.apps.cli._options import Language, Overwrite, Quiet
from mimika.pipeline.settings import Settings
from mimika.sinks.table import SINKS, SinkContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack

    from mimika.schema.columns import ResultSchema
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import SourceInfo


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Where results go.

    Attributes:
        empty_frames: In the tables, write a row for a frame without a face as well.
        no_window: Open no window.
        lang: Language of the words, on the picture and in the terminal: en or ru.
    """

    empty_frames: bool = False
    no_window: bool = False
    lang: Language = "en"
    overwrite: Overwrite = False
    quiet: Quiet = False

    @property
    def files(self) -> dict[str, Path]:
        """The files that were asked for, by the sink's option."""
        given = {option: getattr(self, option) for option in SINKS}
        return {option: path for option, path in given.items() if path is not None}

    def claim(self, paths: "Iterable[Path]", inputs: "Iterable[str | Path]" = ()) -> None:
        """Make sure that writing these files destroys nothing.

        Raises:
            OutputError: something stands in the way.
        """
        from mimika.apps.cli._targets import claim

        claim(paths, inputs=inputs, overwrite=self.overwrite)

    def open_sinks(
        self,
        stack: "ExitStack",
        source: "SourceInfo",
        schema: "ResultSchema",
        files: "Mapping[str, Path]",
    ) -> "list[Sink]":
        """Open the sinks of files; the stack closes them.

        Args:
            stack: closes them.
            source: where the frames come from.
            schema: which fields the results have.
            files: the sink's option to its file.

        Raises:
            OutputError: one cannot be written; those before it are closed by the stack.
            MissingExtra: a package is not installed.
        """
        from mimika.apps.cli.console import notice
        from mimika.drawing.overlay import Overlay

        context = SinkContext(
            source=source,
            schema=schema,
            overlay=Overlay(language=self.lang),
            empty_frames=self.empty_frames,
            warn=notice,
        )
        return [
            stack.enter_context(SINKS[option].open(path, context)) for option, path in files.items()
        ]


def _option_type(option: str) -> object:
    """A path; the annotated film's option has the short form that --output has everywhere."""
    names = ["--output", "-o"] if option == "output" else [f"--{option}"]
    return Annotated[Path | None, Parameter(name=names)]


if TYPE_CHECKING:

    class Output(OutputOptions):
        """The options with a path for each kind of sink."""

        def __init__(self, **options: object) -> None: ...

else:
    Output = make_dataclass(
        "Output",
        [(option, _option_type(option), field(default=None)) for option in SINKS],
        bases=(OutputOptions,),
        frozen=True,
        kw_only=True,
    )
    Output.__module__ = __name__
    _head, _attributes = OutputOptions.__doc__.split("Attributes:\n")
    Output.__doc__ = (
        f"{_head}Attributes:\n"
        + "".join(f"        {kind.option}: {kind.meaning}\n" for kind in SINKS.values())
        + _attributes
    )

STREAM_ONLY = ("people", "every", "raw")
"""Settings that mean nothing for a picture."""

if TYPE_CHECKING:

    class PictureSettings(Settings):
        """The settings that count for a picture."""

else:
    PictureSettings = make_dataclass(
        "PictureSettings",
        [
            (each.name, each.type, field(default=each.default))
            for each in fields(Settings)
            if each.name not in STREAM_ONLY
        ],
        frozen=True,
        kw_only=True,
    )
    PictureSettings.__doc__ = Settings.__doc__
    PictureSettings.__module__ = __name__

PictureSettingsOption = Annotated[
    PictureSettings, Parameter(name="*", group=Group("Recognition", sort_key=91))
]
"""The settings of recognition that count for a picture, an option each."""
SettingsOption = Annotated[Settings, Parameter(name="*", group=Group("Recognition", sort_key=91))]
"""The settings of recognition, an option each."""
OutputOption = Annotated[Output, Parameter(name="*", group=Group("Results", sort_key=92))]
"""Where results go, an option each."""
