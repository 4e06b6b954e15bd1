"""The options that say how films and pictures are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from mimika.base.durations import seconds_of
from mimika.sources.orientation import Rotation, rotation_of

if TYPE_CHECKING:
    from mimika.sources.frame import Source


def _read_time(kind: Any, tokens: Any) -> float:
    del kind
    return seconds_of(tokens[0].value)


def _read_rotation(kind: Any, tokens: Any) -> Rotation:
    del kind
    return rotation_of(tokens[0].value)


Rotate = Annotated[
    Rotation,
    Parameter(
        converter=_read_rotation,
        help="Turn clockwise by 0, 90, 180 or 270 degrees, beyond what the file says; auto looks "
        "whether faces stand, and turns a film or picture until they do.",
    ),
]
Time = Annotated[float | None, Parameter(converter=_read_time, n_tokens=1, accepts_keys=False)]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a film is read.

    Attributes:
        stream: Number of the film's video stream, as ffprobe counts; the best where not given.
    """

    start_s: Annotated[
        Time,
        Parameter(name="--from", help="Begin at this time of the film, such as 90, 1:30 or 1m30s."),
    ] = None
    end_s: Annotated[
        Time, Parameter(name="--to", help="End at this time of the film, written likewise.")
    ] = None
    stream: Annotated[int | None, Parameter(validator=Number(gte=0))] = None
    rotate: Rotate = "auto"

    def open(self, film: str) -> Source:
        """Open a film, as `mimika.open_source` does."""
        from mimika.sources.open import open_source

        return open_source(
            film,
            stream=self.stream,
            start_s=self.start_s or 0.0,
            end_s=self.end_s,
            rotate=self.rotate,
        )


ReadingOption = Annotated[Reading, Parameter(name="*", group=Group("Reading", sort_key=90))]
"""How films are read, an option each."""
Recursive = Annotated[
    bool, Parameter(help="Look into the folders in folders as well.", negative="")
]
