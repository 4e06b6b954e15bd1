"""The options that say where results go: one a kind of sink, from the table of sinks."""

# Without postponed annotations: the dataclass that is made below needs the types themselves.
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mimika.sinks.table import SINKS, SinkContext

if TYPE_CHECKING:
    from contextlib import ExitStack

    from mimika.schema.columns import ResultSchema
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import SourceInfo

Language = Literal["en", "ru"]


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Where results go.

    Attributes:
        empty_frames: In the tables, write a row for a frame without a face as well.
        no_window: Open no window.
        lang: Language of the words on the picture and of the tables: en or ru.
        quiet: Print nothing but errors.
    """

    empty_frames: bool = False
    no_window: bool = False
    lang: Language = "en"
    quiet: bool = False

    @property
    def files(self) -> dict[str, Path]:
        """The files that were asked for, by the sink's option."""
        given = {option: getattr(self, option) for option in SINKS}
        return {option: path for option, path in given.items() if path is not None}

    def open_sinks(
        self, stack: "ExitStack", source: "SourceInfo", schema: "ResultSchema"
    ) -> "list[Sink]":
        """Open the files that were asked for; the stack closes them.

        Raises:
            OutputError: one cannot be written; those before it are closed by the stack.
            MissingExtra: a package is not installed.
        """
        from mimika.drawing.overlay import Overlay

        context = SinkContext(
            source=source,
            schema=schema,
            overlay=Overlay(language=self.lang),
            empty_frames=self.empty_frames,
        )
        return [
            stack.enter_context(SINKS[option].open(path, context))
            for option, path in self.files.items()
        ]


if TYPE_CHECKING:

    class Output(OutputOptions):
        """The options with a path for each kind of sink."""

        def __init__(self, **options: object) -> None: ...

else:
    Output = make_dataclass(
        "Output",
        [(option, Path | None, field(default=None)) for option in SINKS],
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
