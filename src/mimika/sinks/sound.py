"""A film's sound, laid beside new pictures."""

from __future__ import annotations

import heapq
import itertools
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mimika.base.files import remove
from mimika.sources.clock import AHEAD_S, BACK_S, BACK_TO_FIRST_S
from mimika.sources.demuxing import demuxing
from mimika.sources.streams import sounds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Sound that MP4 and Matroska mostly carry as it is; other kinds become AAC.
COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus"})
# AAC's rates in hertz (ISO 14496-3) up to what everything plays.
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# By number of channels; others are mixed to stereo.
LAYOUTS = {1: "mono", 6: "5.1"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Which part of a film's sound.

    Attributes:
        original: the film, a path or address.
        begins_s: its timestamp, in seconds, at which the pictures begin.
        length_s: how long the pictures last, in seconds.
        stream: number of the video stream in the film.
    """

    original: str
    begins_s: float
    length_s: float
    stream: int


@dataclass(frozen=True, slots=True)
class Track:
    """A sound track of a film.

    Attributes:
        index: number of its stream.
        copy: its packets are copied; else it is encoded as AAC.
    """

    index: int
    copy: bool


def find_tracks(original: str, stream: int) -> list[Track]:
    """Return a film's sound tracks, in the file's order.

    Args:
        original: the film, a path or address.
        stream: number of its video stream.

    Raises:
        OSError: it cannot be read.
    """
    import av

    with av.open(original, metadata_errors="replace", options=demuxing(original)) as container:
        film = next((each for each in container.streams.video if each.index == stream), None)
        sounds = [s for s in sounds_of(container, film) if s.codec_context is not None]
        return [Track(s.index, s.codec_context.codec.canonical_name in COPIED) for s in sounds]


def with_sound(pictures: Path, excerpt: Excerpt, tracks: Sequence[Track], joined: Path) -> None:
    """Write `joined`: the pictures as they are, and sound tracks of another film.

    Args:
        pictures: a film without sound; its packets are copied.
        excerpt: which part of the sound.
        tracks: which of its tracks, and how.
        joined: the new file.

    Raises:
        OSError: reading or writing failed, or the file cannot carry this sound.
        ValueError: likewise, or there is no sound in this part.
    """
    import av

    options = {"movflags": "faststart"} if joined.suffix.lower() != ".mkv" else {}
    with ExitStack() as stack:
        film = stack.enter_context(av.open(str(pictures)))
        target = stack.enter_context(av.open(str(joined), "w", options=options))
        moving = film.streams.video[0]
        into = target.add_stream_from_template(moving)
        parts: list[Iterator[Any]] = [
            (_for(into, packet) for packet in film.demux(moving) if packet.size)
        ]
        heard: set[int] = set()
        for track in tracks:
            # One reader a track: each is taken at its own pace.
            original = av.open(
                excerpt.original, metadata_errors="replace", options=demuxing(excerpt.original)
            )
            source = stack.enter_context(original)
            parts.append(_track(source, target, excerpt, track, heard))
        # Players want the tracks side by side in the file.
        for packet in heapq.merge(*parts, key=_time_s):
            target.mux(packet)
        if not heard:
            raise ValueError("there is no sound in this part of the film")


def lay_beside(
    pictures: Path, excerpt: Excerpt, tracks: Sequence[Track], joined: Path
) -> tuple[int, str]:
    """Write `joined` with as many sound tracks as can be laid beside the pictures.

    As they are; where a container does not carry that, encoded; else one of them.

    Args:
        pictures: a film without sound; its packets are copied.
        excerpt: which part of the sound.
        tracks: which of its tracks, and how.
        joined: the new file.

    Returns:
        How many tracks it has, 0 where it was not written; and why it has not all of them, or not
        as they are.
    """
    import av

    encoded = [Track(track.index, copy=False) for track in tracks]
    reason = ""
    for some in [tracks, encoded] + [[track] for track in encoded] * (len(tracks) > 1):
        try:
            with_sound(pictures, excerpt, some, joined)
        except (av.FFmpegError, OSError, ValueError) as error:
            remove(joined)
            reason = str(error)
            continue
        return len(some), reason
    return 0, reason


def _track(
    source: Any, target: Any, excerpt: Excerpt, track: Track, heard: set[int]
) -> Iterator[Any]:
    """Lay out a track in the new film; its packets follow when they are asked for."""
    sound = next(stream for stream in source.streams.audio if stream.index == track.index)
    if track.copy:
        into = target.add_stream_from_template(sound)
        packets = _within(source.demux(sound), source, excerpt)
        made: Iterator[Any] = (_for(into, packet) for packet in packets)
    else:
        fitting = [rate for rate in AAC_RATES if rate >= (sound.rate or 0)]
        into = target.add_stream("aac", rate=min(fitting, default=AAC_RATES[-1]))
        into.codec_context.layout = LAYOUTS.get(sound.channels, "stereo")
        frames = _within(_decoded(source, sound), source, excerpt)
        made = _encoded(into, _resampled(frames, into.codec_context))
    if language := sound.metadata.get("language"):
        into.metadata["language"] = language

    def noted() -> Iterator[Any]:
        for packet in made:
            heard.add(track.index)
            yield packet

    return noted()


def _for(stream: Any, packet: Any) -> Any:
    packet.stream = stream
    return packet


def _time_s(packet: Any) -> float:
    tick = packet.dts if packet.dts is not None else packet.pts
    return float(tick * packet.time_base) if tick is not None else 0.0


def _decoded(source: Any, sound: Any) -> Iterator[Any]:
    """Decode what can be decoded; a damaged packet is a gap."""
    import av

    packets = source.demux(sound)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError, OSError):
            return
        try:
            yield from packet.decode()
        except (av.FFmpegError, OSError):
            continue


def _within(items: Iterator[Any], source: Any, excerpt: Excerpt) -> Iterator[Any]:
    """Packets or frames of the excerpt, moved to begin at 0."""
    from av.format import Flags

    may_jump = bool(source.format.flags & Flags.ts_discont.value)
    shift_s, last_s, first_s, jumps = excerpt.begins_s, None, None, 0
    for item in items:
        if item.pts is None:
            continue
        stamp_s = float(item.pts * item.time_base)
        time_s = stamp_s - shift_s
        # Where the timestamps begin anew, the pictures' go on as well (`mimika.sources.clock`).
        if last_s is None or first_s is None:
            first_s = stamp_s
        else:
            ahead = (may_jump or jumps) and time_s - last_s > AHEAD_S
            first = abs(stamp_s - first_s) < BACK_TO_FIRST_S / 2
            if ahead or last_s - time_s > (BACK_TO_FIRST_S if first else BACK_S):
                jumps += 1
                shift_s += time_s - last_s
                time_s, first_s = last_s, stamp_s
        last_s = time_s + float((item.duration or 0) * item.time_base)
        if time_s >= excerpt.length_s:
            return
        if last_s <= 0:
            continue
        shift = round(shift_s / item.time_base)
        item.pts -= shift
        if getattr(item, "dts", None) is not None and hasattr(item, "stream"):
            item.dts -= shift
        yield item


def _resampled(frames: Iterator[Any], encoder: Any) -> Iterator[Any]:
    """Bring frames to the encoder's rate and channels, gaps filled with silence."""
    graph: Any = None
    kind = None
    for frame in frames:
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if found != kind:
            if graph is not None:
                yield from _flushed(graph)
            graph, kind = _graph(frame, encoder, first=graph is None), found
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        yield from _flushed(graph)


def _graph(frame: Any, encoder: Any, *, first: bool) -> Any:
    from av.filter import Graph

    graph = Graph()
    begin = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=frame.time_base,
    )
    rate, layout = encoder.sample_rate, encoder.layout.name
    # The first sample is that of the first picture: silence is added, or sound cut, to be so.
    from_start = ":first_pts=0" if first else ""
    steps = [
        begin,
        graph.add("aresample", f"{rate}:async=1{from_start}"),
        graph.add("aformat", f"sample_fmts=fltp:channel_layouts={layout}:sample_rates={rate}"),
        graph.add("abuffersink"),
    ]
    for step, following in itertools.pairwise(steps):
        step.link_to(following)
    graph.configure()
    return graph


def _flushed(graph: Any) -> Iterator[Any]:
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _encoded(stream: Any, frames: Iterator[Any]) -> Iterator[Any]:
    for frame in frames:
        yield from stream.encode(frame)
    yield from stream.encode(None)
