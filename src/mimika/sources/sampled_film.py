"""A pass over a film that decodes only what is looked at, and what that is predicted from.

Whether a picture is looked at depends on its time, and its packet tells that before it is decoded.
Packets come in the order of decoding, so some are read ahead: what no picture is predicted from
and nobody looks at is then left out by the decoder.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from mimika.sources.clock import seconds_of
from mimika.sources.passing import InOrderOfShowing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mimika.sources.film import Film

SKIPPING = frozenset({"h264", "hevc", "mpeg2video", "mpeg4"})
"""Codecs whose decoders leave out pictures from which none is predicted."""


@dataclass(slots=True, eq=False)
class _Shown:
    """A picture in the order of showing; `picture` comes when it is decoded."""

    number: int
    ticks: int
    time_s: float
    duration_s: float
    wanted: bool
    picture: Any = None

    def taken(self) -> Any:
        """Hand the picture over, so that nothing here holds it any longer."""
        picture, self.picture = self.picture, None
        return picture


def sampled(
    film: Film, wanted: Callable[[float], bool], begins_s: float | None
) -> Iterator[tuple[Any, float, float]]:
    """Yield as iterating the film does, None instead of a picture that is not wanted.

    Args:
        film: stands at its beginning, or where it was sought.
        wanted: asked once for every picture, in the order of showing, with its time in seconds.
        begins_s: timestamp of the first picture that can be decoded, in seconds; None where the
            film was sought.
    """
    if film.packets_have_times and film.stream.codec_context.name in SKIPPING:
        return _SampledPass(film, wanted, begins_s).pictures()
    return (
        (picture if wanted(time_s) else None, time_s, duration_s)
        for picture, time_s, duration_s in film
    )


class _SampledPass:
    """One pass over a film whose packets have times."""

    def __init__(self, film: Film, wanted: Callable[[float], bool], begins_s: float | None) -> None:
        self._film, self._wanted = film, wanted
        self._numbers = count()
        # Those on which is not decided; by number, in the order of decoding.
        self._order = InOrderOfShowing(begins_s)
        self._to_decode: deque[tuple[int, Any]] = deque()
        self._needed: dict[int, bool] = {}
        # In the order of showing, and those that the decoder may still give.
        self._shown: deque[_Shown] = deque()
        self._expected: list[_Shown] = []

    def pictures(self) -> Iterator[tuple[Any, float, float]]:
        """See `sampled`."""
        for packet in self._film.packets():
            if packet is None or not packet.size:
                break
            self._read(packet)
            self._decide()
            yield from self._decoded()
        self._decide(ended=True)
        yield from self._decoded()
        self._take(self._film.decode(None))
        yield from self._ready(ended=True)

    def _read(self, packet: Any) -> None:
        number = next(self._numbers)
        self._to_decode.append((number, packet))
        if not self._order.add(number, packet):
            # It is not shown, and others may be predicted from it.
            self._needed[number] = True

    def _decide(self, *, ended: bool = False) -> None:
        """Decide on the pictures that are shown next."""
        while (found := self._order.take(ended=ended)) is not None:
            number, packet = found
            duration_s = seconds_of(packet.duration or 0, packet.time_base)
            time_s = self._film.clock.time_of_packet(packet)
            shown = _Shown(number, packet.pts, time_s, duration_s, self._wanted(time_s))
            self._shown.append(shown)
            self._expected.append(shown)
            self._needed[number] = shown.wanted

    def _decoded(self) -> Iterator[tuple[Any, float, float]]:
        """Decode the packets on which is decided, in their order; yield what is ready after each.

        At the film's end these are many packets, whose pictures together would fill the memory.
        """
        context = self._film.stream.codec_context
        while self._to_decode and (number := self._to_decode[0][0]) in self._needed:
            _, packet = self._to_decode.popleft()
            context.skip_frame = "DEFAULT" if self._needed.pop(number) else "NONREF"
            self._take(self._film.decode(packet))
            yield from self._ready()

    def _take(self, pictures: Iterator[Any]) -> None:
        for picture in pictures:
            same = (each for each in self._expected if each.ticks == picture.pts)
            shown = next(same, None)
            if shown is None:
                # Without a time that its packet had it has no place among the others.
                self._film.broken += 1
                continue
            if shown.wanted:
                shown.picture = picture
            # The decoder gives them in order: what should have come before could not be decoded.
            earlier = self._expected[: self._expected.index(shown)]
            missing = [each for each in earlier if each.number < shown.number]
            self._expected = [each for each in self._expected if each not in (shown, *missing)]
            for each in missing:
                if each.wanted:
                    self._shown.remove(each)

    def _ready(self, *, ended: bool = False) -> Iterator[tuple[Any, float, float]]:
        """Yield what stands before the first picture that is still to be decoded."""
        while self._shown:
            first = self._shown[0]
            if first.wanted and first.picture is None and not ended:
                return
            self._shown.popleft()
            if not first.wanted or first.picture is not None:
                yield first.taken(), first.time_s, first.duration_s
