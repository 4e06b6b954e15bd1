"""Whether a file holds further films behind the first, put end to end byte by byte.

FFmpeg reads on where a container's kind allows it (MPEG, AVI, GIF, fragments of MP4), of Matroska
the second film too, and of other kinds the first one only.
"""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING

from mimika.sources.lengths import FLASH, MATROSKA, boxes, flash_end, matroska_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

BEGINNINGS = (
    # FLV; Windows Media; NUT; RealMedia; IVF; YUV4MPEG; Windows TV; PNG.
    rb"FLV\x01[\x01\x04\x05]\x00\x00\x00\x09",
    rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    rb"nut/multimedia container\x00",
    rb"\.RMF\x00\x00\x00\x12\x00",
    rb"DKIF\x00\x00 \x00",
    rb"YUV4MPEG2 W",
    rb"\xb7\xd8\x00\x20\x37\x49\xda\x11\xa6\x4e\x00\x07\xe9\x5e\xad\x8d",
    rb"\x89PNG\r\n\x1a\n",
)
"""How files of those kinds begin of which only the first film is read."""
LONGEST_BEGINNING = 32


def unread_film_at(path: Path, read_to: int) -> int | None:
    """Return the byte at which a film begins that FFmpeg did not read; None where none is.

    Args:
        path: a film's file that is not empty.
        read_to: the byte at which the last packet ends that was read.
    """
    with path.open("rb") as file:
        head = file.read(LONGEST_BEGINNING)
        if head[4:8] == b"ftyp":
            begins = (place for place, kind in boxes(file) if kind == b"ftyp" and place > 0)
            return next((place for place in begins if place >= read_to), None)
        if head.startswith(MATROSKA):
            return next((place for place in _later_matroska(file) if place >= read_to), None)
        if head.startswith(FLASH):
            # By chance FFmpeg reads some of what follows, as tags of no kind.
            place = flash_end(head)
            file.seek(place)
            return place if file.read(len(FLASH)) == FLASH else None
        for beginning in BEGINNINGS:
            if re.match(beginning, head):
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    found = re.compile(beginning).search(data, 1)
                    return found.start() if found else None
    return None


def _later_matroska(file: BinaryIO) -> Iterator[int]:
    """Yield where the films behind the first begin."""
    place = 0
    while (place := matroska_end(file, place)) > 0:
        file.seek(place)
        if file.read(len(MATROSKA)) != MATROSKA:
            return
        yield place
