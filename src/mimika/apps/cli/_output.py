"""The options that say where results go: one a kind of sink, from the table of sinks."""

# Without postponed annotations: the dataclass that is made below needs the types themselves.
from dataclasses import dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from mimika.apps.cli._options import Language, Overwrite, Quiet
from mimika.base.errors import UsageError
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
        lang: Language of the words, on the picture and in the terminal: en or ru. Errors are in
            English, so that they can be searched for.
    """

    empty_frames: bool = False
    lang: Language = "en"
    overwrite: Overwrite = False
    quiet: Quiet = False

    @property
    def files(self) -> dict[str, Path]:
        """The files that were asked for, by the sink's option.

        Raises:
            UsageError: a name has the ending of another kind of file.
        """
        given = {option: getattr(self, option) for option in SINKS}
        files = {option: path for option, path in given.items() if path is not None}
        for option, path in files.items():
            of = [other for other, kind in SINKS.items() if path.suffix.lower() in kind.suffixes]
            if of and option not in of and not path.is_dir():
                raise UsageError(f"--{option} {path} has the ending of --{of[0]}: use that option.")
        return files

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
        if not files:
            return []
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

    class PictureOutput(OutputOptions):
        """The options with a path for each kind of sink."""

        def __init__(self, **options: object) -> None: ...

    @dataclass(frozen=True, kw_only=True)
    class Output(PictureOutput):
        """The options of a film or camera, which may have a window."""

        no_window: bool = False

else:

    def _with(name: str, base: type, options: "dict[str, tuple[object, object, str]]") -> type:
        """Add options to a table of options: by name the type, the default and the meaning."""
        kinds = [
            (option, kind, field(default=usual)) for option, (kind, usual, _) in options.items()
        ]
        made = make_dataclass(name, kinds, bases=(base,), frozen=True, kw_only=True)
        head, attributes = base.__doc__.split("Attributes:\n")
        meanings = "".join(f"        {option}: {each[2]}\n" for option, each in options.items())
        made.__doc__ = f"{head}Attributes:\n{meanings}{attributes}"
        made.__module__ = __name__
        return made

    PictureOutput = _with(
        "PictureOutput",
        OutputOptions,
        {option: (_option_type(option), None, kind.meaning) for option, kind in SINKS.items()},
    )
    Output = _with("Output", PictureOutput, {"no_window": (bool, False, "Open no window.")})

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
"""Where results go, and whether they are shown, an option each."""
PictureOutputOption = Annotated[
    PictureOutput, Parameter(name="*", group=Group("Results", sort_key=92))
]
"""Where the results of pictures go, an option each."""
