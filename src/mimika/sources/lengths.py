"""Whether a film is as long as its file says: cut-off downloads and copies are not."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from mimika.sources.demuxing import demuxing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mimika.sources.film import Film

# So much may lack at the end without a word: containers round, and streams end apart.
TOLERATED_S, TOLERATED_SHARE = 0.25, 0.02

MATROSKA = b"\x1aE\xdf\xa3"
SEGMENT = b"\x18S\x80g"
# SWF that is not compressed.
FLASH = b"FWS"
FLASH_END = b"\0\0"
BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"styp", b"sidx"})


def what_lacks(film: Film, path: Path | None, frames: int | None) -> str:
    """Say what of a film that was read to its end was not read; "" where all was.

    Args:
        film: the film.
        path: its file, None where it is none.
        frames: how many were read, None where not from the beginning.
    """
    read_s, whole_s = film.clock.end_s + film.clock.held_s, film.declared_s
    missing = missing_bytes(path) if path is not None else 0
    if whole_s is None:
        return f"{read_s:.1f} s could be read, and {missing} bytes are missing" if missing else ""
    tolerated_s = max(TOLERATED_S, TOLERATED_SHARE * whole_s)
    if whole_s - read_s <= tolerated_s:
        return ""
    fewer = frames is not None and film.stream.frames - frames > 1
    seen = missing or fewer or film.damaged or film.broken
    # Where nothing else tells, sound may go on, or the last picture stay.
    if not seen and (path is None or _last_s(path, film) > read_s + tolerated_s):
        return ""
    of_all = f" ({frames} of {film.stream.frames} frames)" if fewer else ""
    return f"{read_s:.1f} s of the {whole_s:.1f} s that it declares could be read{of_all}"


def _last_s(path: Path, film: Film) -> float:
    """Time of the film at which the last of all its streams ends, in seconds."""
    import av

    last_s = 0.0
    original = str(path.absolute())
    options = demuxing(original)
    with av.open(original, metadata_errors="replace", options=options) as container:
        packets = container.demux()
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError, OSError):
                return last_s - film.clock.begins_s
            if packet.pts is not None and packet.time_base:
                end = packet.pts + (packet.duration or 0)
                last_s = max(last_s, float(end * packet.time_base))


def missing_bytes(path: Path) -> int:
    """Return how many bytes a film's file lacks of what its container declares.

    MP4 and MOV (ISO 14496-12), Matroska and WebM (RFC 9559), AVI (RIFF) and SWF declare lengths;
    of other files 0 is returned.
    """
    with path.open("rb") as file:
        begin = file.read(12)
        size = path.stat().st_size
        if begin[:4] == MATROSKA:
            ends = matroska_end(file)
        elif begin[:4] == b"RIFF" and len(begin) == 12:
            ends = 8 + struct.unpack("<I", begin[4:8])[0]
        elif begin[:3] == FLASH:
            # What is written to a pipe declares a length that it does not have, and ends in order.
            file.seek(max(0, size - len(FLASH_END)))
            ends = size if file.read() == FLASH_END else flash_end(begin)
        elif begin[4:8] in BOXES:
            *_, (ends, _) = boxes(file)
        else:
            return 0
    return max(0, ends - size)


def boxes(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield place and kind of the boxes of an MP4 or MOV (ISO 14496-12), up to damage.

    The last one is that at which the file should end, of the kind b"".
    """
    size, place = file.seek(0, 2), 0
    while place + 8 <= size:
        file.seek(place)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        if length < 8 or not kind.isascii():
            # 0 means "to the end of the file"; less is damage.
            place = size
            break
        yield place, kind
        place += length
    yield place, b""


def matroska_end(file: BinaryIO, begin: int = 0) -> int:
    """Return the byte at which the Matroska film ends that begins at a byte; 0: it does not say."""
    file.seek(begin)
    header = file.read(4096)
    place = header.find(SEGMENT)
    if place < 0:
        return 0
    length, width = _number(header[place + 4 : place + 12])
    unknown = length == (1 << 7 * width) - 1
    return 0 if unknown else begin + place + 4 + width + length


def flash_end(head: bytes) -> int:
    """Return the byte at which an SWF film ends, by the first eight of its file."""
    return int.from_bytes(head[4:8], "little")


def _number(data: bytes) -> tuple[int, int]:
    """Read a number of variable width; return it and its width in bytes."""
    width = 9 - data[0].bit_length() if data and data[0] else 8
    value = int.from_bytes(data[:width], "big")
    return value & ((1 << 7 * width) - 1), width
