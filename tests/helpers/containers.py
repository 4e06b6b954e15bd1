"""Containers changed byte by byte: clocks that were set while recording, edits of MP4."""

from __future__ import annotations

import struct

CLUSTER, CHECKSUM, TIMESTAMP = b"\x1fC\xb6u", b"\xbf", b"\xe7"
CUES, NO_CUES = b"\x1cS\xbbk", b"\x1cS\xbbl"


def shift_clusters(path, shift_ms):
    """Move the clusters of a Matroska film in time, by what `shift_ms` gives for each number."""
    data = bytearray(path.read_bytes())
    place, number = data.find(CLUSTER), 0
    while place >= 0:
        at = _timestamp_of(data, place) + 1
        width = data[at] & 0x7F
        stamp = int.from_bytes(data[at + 1 : at + 1 + width], "big") + shift_ms(number)
        data[at + 1 : at + 1 + width] = stamp.to_bytes(width, "big")
        place, number = data.find(CLUSTER, at), number + 1
    # The index does not know of it.
    path.write_bytes(data.replace(CUES, NO_CUES))
    return path


def _timestamp_of(data, place):
    """Where the timestamp of the cluster at `place` begins: behind its size and its checksum."""
    size = place + len(CLUSTER)
    at = size + 9 - data[size].bit_length()
    if data[at : at + 1] == CHECKSUM:
        at += 6
    assert data[at : at + 1] == TIMESTAMP
    return at


def shift_fragments(path, shift_ticks):
    """Move the fragments of an MP4 in time, by what `shift_ticks` gives for each number."""
    data = bytearray(path.read_bytes())
    place, number = data.find(b"tfdt"), 0
    while place >= 0:
        width = 8 if data[place + 4] else 4
        at = slice(place + 8, place + 8 + width)
        data[at] = (int.from_bytes(data[at], "big") + shift_ticks(number)).to_bytes(width, "big")
        place, number = data.find(b"tfdt", place + 4), number + 1
    path.write_bytes(data)
    return path


def edit(path, edits):
    """Give the pictures of an MP4 edits: (length in seconds, from second or None for nothing)."""
    data = bytearray(path.read_bytes())
    movie, track = _box(data, [b"moov"]), _box(data, [b"moov", b"trak"])
    (scale,) = struct.unpack_from(">I", data, _box(data, [b"moov", b"mvhd"])[0] + 20)
    (media_scale,) = struct.unpack_from(
        ">I", data, _box(data, [b"moov", b"trak", b"mdia", b"mdhd"])[0] + 20
    )
    rows = [
        struct.pack(
            ">IiI",
            round(length_s * scale),
            -1 if begin_s is None else round(begin_s * media_scale),
            1 << 16,
        )
        for length_s, begin_s in edits
    ]
    listed = struct.pack(">II", 0, len(rows)) + b"".join(rows)
    made = _made(b"edts", _made(b"elst", listed))
    old = _box(data, [b"moov", b"trak", b"edts"])
    data[old[0] : old[1]] = made
    for begin, end in (movie, track):
        struct.pack_into(">I", data, begin, end - begin + len(made) - (old[1] - old[0]))
    path.write_bytes(data)
    return path


def _made(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _box(data, kinds, begin=0, end=None):
    """Where the first box of this path begins and ends."""
    while begin < (end or len(data)):
        size, kind = struct.unpack_from(">I4s", data, begin)
        if kind == kinds[0]:
            if len(kinds) == 1:
                return begin, begin + size
            return _box(data, kinds[1:], begin + 8, begin + size)
        begin += size
    raise AssertionError(f"no box {kinds}")
