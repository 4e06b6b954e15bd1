"""Whether a film's file is as long as it says: cut-off downloads and copies are not."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

MATROSKA = b"\x1aE\xdf\xa3"
SEGMENT = b"\x18S\x80g"
BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"styp", b"sidx"})


def missing_bytes(path: Path) -> int:
    """Return how many bytes a film's file lacks of what its container declares.

    MP4 and MOV (ISO 14496-12), Matroska and WebM (RFC 9559) and AVI (RIFF) declare lengths; of
    other files 0 is returned.
    """
    with path.open("rb") as file:
        begin = file.read(12)
        size = path.stat().st_size
        if begin[:4] == MATROSKA:
            ends = _matroska_end(file)
        elif begin[:4] == b"RIFF" and len(begin) == 12:
            ends = 8 + struct.unpack("<I", begin[4:8])[0]
        elif begin[4:8] in BOXES:
            ends = _boxes_end(file, size)
        else:
            return 0
    return max(0, ends - size)


def _boxes_end(file: BinaryIO, size: int) -> int:
    place = 0
    while place + 8 <= size:
        file.seek(place)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        if length < 8 or not kind.isascii():
            # 0 means "to the end of the file"; less is damage.
            return size
        place += length
    return place


def _matroska_end(file: BinaryIO) -> int:
    file.seek(0)
    header = file.read(4096)
    place = header.find(SEGMENT)
    if place < 0:
        return 0
    length, width = _number(header[place + 4 : place + 12])
    unknown = length == (1 << 7 * width) - 1
    return 0 if unknown else place + 4 + width + length


def _number(data: bytes) -> tuple[int, int]:
    """Read a number of variable width; return it and its width in bytes."""
    width = 9 - data[0].bit_length() if data and data[0] else 8
    value = int.from_bytes(data[:width], "big")
    return value & ((1 << 7 * width) - 1), width
