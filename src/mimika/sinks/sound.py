"""A film's sound, laid beside new pictures."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


def has_sound(original: str) -> bool:
    """Whether a film, a path or URL, has a sound track."""
    import av

    try:
        with av.open(original) as container:
            return bool(container.streams.audio)
    except (OSError, ValueError):
        return False


def with_sound(pictures: Path, original: str, joined: Path, copied: Collection[str]) -> None:
    """Write `joined`: the pictures as they are and the original's first sound track.

    Args:
        pictures: a film without sound; its packets are copied.
        original: the film whose sound is wanted; times are taken from its first picture on.
        joined: the new file.
        copied: names of codecs whose packets are copied; others are encoded as AAC.

    Raises:
        OSError: reading or writing failed.
    """
    import av

    options = {"movflags": "faststart"} if joined.suffix.lower() != ".mkv" else {}
    with (
        av.open(str(pictures)) as film,
        av.open(original) as sound,
        av.open(str(joined), "w", options=options) as target,
    ):
        moving, track = film.streams.video[0], sound.streams.audio[0]
        begins_s = _begin_s(sound)
        ends_s = film.duration / 1e6 if film.duration else None
        into_moving = target.add_stream_from_template(moving)
        as_it_is = track.codec_context.codec.canonical_name in copied
        if as_it_is:
            into_sound: Any = target.add_stream_from_template(track)
        else:
            into_sound = target.add_stream("aac", rate=track.rate)
        if as_it_is:
            heard: Iterator[Any] = (
                _for(into_sound, p) for p in _within(sound.demux(track), begins_s, ends_s)
            )
        else:
            heard = _encoded(into_sound, _within(sound.decode(track), begins_s, ends_s))
        seen = (_for(into_moving, packet) for packet in film.demux(moving) if packet.size)
        # Players want both tracks side by side in the file.
        for packet in heapq.merge(seen, heard, key=_time_s):
            target.mux(packet)


def _for(stream: Any, packet: Any) -> Any:
    packet.stream = stream
    return packet


def _encoded(stream: Any, frames: Iterator[Any]) -> Iterator[Any]:
    for frame in frames:
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _time_s(packet: Any) -> float:
    tick = packet.dts if packet.dts is not None else packet.pts
    return float(tick * packet.time_base) if tick is not None else 0.0


def _begin_s(container: Any) -> float:
    """Time of the first picture, from which the frames' times count."""
    stream = container.streams.video[0]
    return float(stream.start_time * stream.time_base) if stream.start_time else 0.0


def _within(items: Any, begins_s: float, ends_s: float | None) -> Iterator[Any]:
    """Packets or frames between two times, moved to begin at 0."""
    for item in items:
        if item.pts is None:
            continue
        time_s = float(item.pts * item.time_base) - begins_s
        if ends_s is not None and time_s > ends_s:
            return
        if time_s < -1e-3:
            continue
        shift = round(begins_s / item.time_base)
        item.pts -= shift
        if getattr(item, "dts", None) is not None and hasattr(item, "stream"):
            item.dts -= shift
        yield item
