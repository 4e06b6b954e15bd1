"""The options that say how films and pictures are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import SECONDS
from mimika.base.durations import seconds_of
from mimika.sources.rotation import Rotation, rotation_of

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
Time = Annotated[
    float | None,
    Parameter(converter=_read_time, n_tokens=1, accepts_keys=False, metavar="TIME"),
]


Length = Annotated[
    float | None,
    Parameter(
        converter=_read_time, n_tokens=1, accepts_keys=False, metavar="TIME", validator=SECONDS
    ),
]
"""A length of time above 0, up to a day, in seconds."""


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

    def opener(self, film: str) -> FilmOpener:
        """Return what opens a film so, whole or from a time on."""
        return FilmOpener(film, self)


class FilmOpener:
    """Opens one film, as often as it is wanted, always the same way up."""

    def __init__(self, film: str, reading: Reading) -> None:
        """Remember what is to be opened, and how."""
        self._film, self._reading, self._rotate = film, reading, reading.rotate

    def __call__(self, start_s: float | None = None, /) -> Source:
        """Open the film, and fit the process's memory to its pictures.

        Args:
            start_s: begin at this time of the film instead, in seconds.
        """
        from mimika.base.memory import reuse_small_pieces
        from mimika.sources.open import open_source

        reuse_small_pieces()
        reading = self._reading
        source = open_source(
            self._film,
            stream=reading.stream,
            start_s=(reading.start_s or 0.0) if start_s is None else start_s,
            end_s=reading.end_s,
            rotate=self._rotate,
        )
        self._rotate = source.info.turn
        reuse_small_pieces(3 * source.info.width * source.info.height)
        return source


ReadingOption = Annotated[Reading, Parameter(name="*", group=Group("Reading", sort_key=90))]
"""How films are read, an option each."""
Recursive = Annotated[
    bool, Parameter(help="Look into the folders in folders as well.", negative="")
]
