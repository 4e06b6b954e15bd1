"""An open film: its container, its video stream, and a pass over the decoded pictures."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError
from mimika.base.stand_ins import stand_in
from mimika.sources.clock import Clock, seconds_of
from mimika.sources.demuxing import demuxing, head_of, is_heif, is_picture, names_others
from mimika.sources.passing import packets_from
from mimika.sources.streams import choose_video

if TYPE_CHECKING:
    from collections.abc import Iterator

# Rates beyond these are damage, or a container's way to say that the rate varies.
SLOWEST_HZ, FASTEST_HZ = 0.01, 500.0
A_PICTURE = "is a picture, not a film: use `mimika image`, or mimika.analyze."
MOTION_JPEG = (".mjpeg", ".mjpg")
MOST_PIXELS = 100_000_000
MOST_THREADS = 6
"""More than most computers have processors: threads wait for the pictures that theirs are predicted
from, and one that leaves a picture out has its turn as well."""
THREADS_PIXELS = 8_000_000
"""Pixels of the pictures that several threads decode at once, in all: each thread holds one or two,
of 12 MB in 4K, which one thread decodes."""
LATEST_US = 2.0**62
"""What FFmpeg's numbers hold of a time in microseconds, with room for what it adds."""
# Their timestamps are those of decoding; as times of showing they are out of order where a film has
# pictures that are predicted from later ones.
NO_SHOWING_TIMES = frozenset({"avi"})
# Their durations count from time 0, not from the first picture.
COUNTED_FROM_0 = ("matroska",)
# Each packet is one picture, with the time at which it is shown.
TIMED_PACKETS = ("mov", "matroska")
# Packets of these have times as well, though some hold half a picture.
STAMPED_PACKETS = (*TIMED_PACKETS, "mpegts", "mpeg", "live_flv", "flv")


class Film:
    """One pass over a film's pictures, from its first or from where it was sought.

    Attributes:
        stream: PyAV's video stream.
        note: what to say of the choice of the stream, "" for nothing.
        rate_hz: nominal frames a second, 0.0 where there is none.
        broken: pictures so far that could not be decoded.
        damaged: the container could not be read to its end.
        read_to: the byte of the file at which the last packet ends that was read.
        clock: the times of the pictures.
    """

    def __init__(self, original: str, name: str, wanted: int | None, container: Any = None) -> None:
        """Open a film.

        Args:
            original: a path or address that FFmpeg opens.
            name: what to call it in messages.
            wanted: number of the stream, None for the best.
            container: PyAV's container, where it is open already.

        Raises:
            InputError: no film, or one with too large frames.
            UsageError: there is no such stream.
        """
        self._container = container or open_container(original, name)
        try:
            self.stream, self.note = choose_video(self._container, wanted, name)
            context = self.stream.codec_context
            if context.width * context.height > MOST_PIXELS:
                raise InputError(
                    f"{name} has frames of {context.width}x{context.height} pixels, more than "
                    "are read: scale it down."
                )
        except BaseException:
            self._container.close()
            raise
        # Slices as well as frames: decoding must not add a frame's delay for each thread.
        self.stream.thread_type = "AUTO"
        # Who opened it may have set fewer.
        if context.thread_count == 0:
            context.thread_count = _threads(context.width * context.height)
        self._by_decoding = self._container.format.name in NO_SHOWING_TIMES
        self.rate_hz = self._rate_hz()
        self.broken = 0
        self.damaged = False
        self.read_to = 0
        self._packets = self._demuxed()
        self.clock = Clock(self.rate_hz, may_jump=self._has("ts_discont"))

    def __iter__(self) -> Iterator[tuple[Any, float, float]]:
        """Yield PyAV's frames, their times and how long each is shown, in seconds."""
        # By `map`, which holds no picture while the next is decoded.
        return map(self._timed, self._pictures())

    def _timed(self, picture: Any) -> tuple[Any, float, float]:
        base = picture.time_base or self.stream.time_base
        duration_s = seconds_of(picture.duration, base) if picture.duration and base else 0.0
        ticks = picture.dts if self._by_decoding else picture.pts
        stamp_s = seconds_of(ticks, base) if ticks is not None and base else None
        return picture, self.clock.time_of(stamp_s, duration_s), duration_s

    def seek(self, time_s: float) -> bool:
        """Go to the last key picture before a time; False where the film cannot be sought.

        Args:
            time_s: seconds since the first picture, which was read before.
        """
        import av

        if not self.clock.timed or not self._index_is_sure:
            return False
        try:
            self._container.seek(int(min((self.clock.begins_s + time_s) * 1e6, LATEST_US)))
        except (av.FFmpegError, OSError):
            return False
        if not self._index_ascends:
            return False
        self.clock.resume()
        self._packets = self._demuxed()
        return True

    def pass_to(self, time_s: float, begins_s: float) -> bool:
        """Go from the beginning to the last key picture before a time, reading all packets.

        Args:
            time_s: seconds since the first picture.
            begins_s: timestamp of the first picture, in seconds.

        Returns:
            False where packets have no times; the film stands somewhere then.
        """
        if not self._container.format.name.startswith(STAMPED_PACKETS):
            return False
        found = packets_from(self._packets, self.clock, time_s, begins_s)
        if found is not None:
            self._packets, self.clock = found
        return found is not None

    @property
    def seekable(self) -> bool:
        """Whether what is sought is found under the time that it has when all is read.

        It is not where timestamps are missing, are those of decoding, or may begin anew.
        """
        return self.clock.timed and not self._by_decoding and self._index_is_sure

    @property
    def _index_is_sure(self) -> bool:
        """Whether timestamps name one place each: those of fragments and streams may begin anew."""
        return not self._of_fragments and not self._has("ts_discont")

    @property
    def _is_mp4(self) -> bool:
        return bool(self._container.format.name.startswith("mov"))

    @property
    def _of_fragments(self) -> bool:
        return self._is_mp4 and not self.stream.frames

    @property
    def _index_ascends(self) -> bool:
        """Whether later pictures lie farther back in the file, as far as its index is known."""
        # The edits of an MP4 show its places in any order, each at a time of its own.
        places = [entry.pos for entry in self.stream.index_entries if entry.is_keyframe]
        return self._is_mp4 or all(a <= b for a, b in pairwise(places))

    def close(self) -> None:
        """Free the file; more than once does no harm."""
        # The generator holds the film, and so the decoder with its pictures: 100 MB in 4K.
        self._packets = iter(())
        self._container.close()

    def _has(self, flag: str) -> bool:
        from av.format import Flags

        return bool(self._container.format.flags & Flags[flag].value)

    def _rate_hz(self) -> float:
        stream = self.stream
        known = [stream.average_rate, stream.guessed_rate, stream.codec_context.framerate]
        if self._has("no_timestamps"):
            # Without timestamps the container's rate is a guess; the pictures' headers know.
            known.reverse()
        rates = (float(rate or 0) for rate in known)
        return next((rate for rate in rates if SLOWEST_HZ <= rate <= FASTEST_HZ), 0.0)

    @property
    def declared_s(self) -> float | None:
        """How long the film is by its container, in seconds; None where that says nothing.

        It is known once the first picture was read.
        """
        stream, kind = self.stream, self._container.format.name
        if self._of_fragments:
            # Of fragments, FFmpeg adds up what is there.
            return None
        known = []
        if stream.duration is not None and stream.time_base is not None:
            known.append(float(stream.duration * stream.time_base))
        elif match := re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", _tag(stream, "DURATION")):
            hours, minutes, seconds = match.groups()
            known.append(int(hours) * 3600 + int(minutes) * 60 + float(seconds))
        if self._by_decoding and stream.frames and stream.average_rate:
            # FFmpeg makes the duration of AVI fit the file's size, also where it is cut off.
            known = [float(stream.frames / stream.average_rate)]
        elif self._container.duration is not None:
            known.append(self._container.duration / 1e6)
        # The file may go on with sound; its stream may have pictures that an edit leaves out.
        shortest_s = min(known, default=None)
        if shortest_s is not None and kind.startswith(COUNTED_FROM_0):
            shortest_s = max(0.0, shortest_s - self.clock.begins_s)
        return shortest_s

    @property
    def packets_have_times(self) -> bool:
        """Whether the times of pictures can be told from their packets, without decoding them."""
        plain = self._container.format.name.startswith(TIMED_PACKETS)
        return plain and not self._has("no_timestamps")

    def packets(self) -> Iterator[Any]:
        """Yield the stream's packets in the order of decoding, and at last None."""
        return self._packets

    def _demuxed(self) -> Iterator[Any]:
        import av

        demuxed = self._container.demux(self.stream)
        while True:
            try:
                packet = next(demuxed)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self.damaged = True
                # What was read before and waits in the decoder is good.
                packet = None
            if packet is not None and packet.pos is not None:
                self.read_to = max(self.read_to, packet.pos + packet.size)
            if self._of_fragments and packet is not None and packet.is_discard:
                packet = kept(packet)
            yield packet
            if packet is None:
                return

    def decode(self, packet: Any) -> Iterator[Any]:
        """Yield the pictures that the decoder gives for a packet, for None those that it kept."""
        import av

        try:
            pictures = self.stream.decode(packet)
        except (av.FFmpegError, OSError):
            self.broken += 1
            return
        pictures.reverse()
        while pictures:
            if pictures[-1].is_corrupt:
                self.broken += 1
                pictures.pop()
            else:
                yield pictures.pop()

    def _pictures(self) -> Iterator[Any]:
        for packet in self.packets():
            yield from self.decode(packet)


def _threads(pixels: int) -> int:
    """How many threads decode pictures of so many pixels."""
    return max(1, min(MOST_THREADS, THREADS_PIXELS // max(1, pixels)))


def kept(packet: Any) -> Any:
    """A packet that FFmpeg marks to be left out, without the mark.

    Of fragments those are marked whose time is not later than that of the fragment before, as where
    a clock was set back; edits of MP4, for which the mark is meant, are none of fragments.
    """
    from av import Packet

    made = Packet(bytes(packet))
    for name in ("stream", "time_base", "pts", "dts", "duration", "is_keyframe"):
        setattr(made, name, getattr(packet, name))
    for data in packet.iter_sidedata():
        made.set_sidedata(data)
    return made


def open_container(original: str, name: str) -> Any:
    """Open a film's container: of a local file only what is in that file.

    Args:
        original: a path or an address.
        name: what to call it in messages.

    Raises:
        InputError: it is no film that can be read.
    """
    import av

    if is_heif(head_of(original)):
        # FFmpeg would take its parts for the streams of a film.
        raise InputError(f"{name} {A_PICTURE}")
    try:
        # FFmpeg would take JPEGs one after another for one picture.
        kind = "mjpeg" if original.lower().endswith(MOTION_JPEG) else None
        return av.open(original, format=kind, metadata_errors="replace", options=demuxing(original))
    except (av.FFmpegError, OSError, ValueError) as error:
        if names_others(original):
            raise InputError(
                f"{name} is a list of other files or addresses, which a film may not open by "
                "itself: name the films in it, or give its own address (http://…)."
            ) from error
        if known := stand_in(head_of(original)):
            raise InputError(f"{name} {known}") from error
        if is_picture(original):
            raise InputError(f"{name} {A_PICTURE}") from error
        raise InputError(
            f"{name} is not a video that can be read (empty, damaged, cut off before its end where "
            "its index lies, or another kind of file): check that it plays elsewhere."
        ) from error


def _tag(stream: Any, name: str) -> str:
    # Some writers name the language in the tag, as in DURATION-eng.
    found = (value for key, value in stream.metadata.items() if key.split("-")[0] == name)
    return next(found, "")
