"""A transport stream of two programs, as broadcasters send them."""

from __future__ import annotations

import struct

PACKET, ALL_TABLES, SERVICES, FIRST, SECOND = 188, 0, 0x11, 0x1000, 0x1001
APART = 0x100


def two_programs(first, second, path):
    """Write two MPEG-TS films side by side, each as a program of its own."""
    ones, others = _packets(first), _packets(second)
    table = b"\x00\xb0\x11\x00\x01\xc1\x00\x00" + struct.pack(
        ">HHHH", 1, 0xE000 | FIRST, 2, 0xE000 | SECOND
    )
    for packet in ones:
        if _pid(packet) == ALL_TABLES:
            packet[:] = _section(packet, table)
    others = [_moved(each) for each in others if _pid(each) not in (ALL_TABLES, SERVICES)]
    share = len(others) / len(ones)
    with path.open("wb") as file:
        for number, packet in enumerate(ones):
            file.write(packet)
            file.writelines(others[round(number * share) : round((number + 1) * share)])
    return path


def _packets(path):
    data = path.read_bytes()
    return [bytearray(data[at : at + PACKET]) for at in range(0, len(data), PACKET)]


def _pid(packet):
    return (packet[1] & 0x1F) << 8 | packet[2]


def _moved(packet):
    """A packet of the second program, with numbers of its own."""
    if _pid(packet) != FIRST:
        return _numbered(packet, 1, _pid(packet) + APART)
    length = (packet[6] & 0x0F) << 8 | packet[7]
    table = bytearray(packet[5 : 5 + 3 + length - 4])
    table[3:5] = struct.pack(">H", 2)
    _numbered(table, 8, ((table[8] & 0x1F) << 8 | table[9]) + APART)
    at = 12 + ((table[10] & 0x0F) << 8 | table[11])
    while at < len(table):
        _numbered(table, at + 1, ((table[at + 1] & 0x1F) << 8 | table[at + 2]) + APART)
        at += 5 + ((table[at + 3] & 0x0F) << 8 | table[at + 4])
    return _section(_numbered(packet, 1, SECOND), bytes(table))


def _numbered(data, at, number):
    data[at], data[at + 1] = data[at] & 0xE0 | number >> 8, number & 0xFF
    return data


def _section(packet, table):
    whole = b"\0" + table + _checksum(table)
    head = packet[:3] + bytes([packet[3] & 0x0F | 0x10])
    return bytes(head) + whole.ljust(PACKET - 4, b"\xff")


def _checksum(data):
    """CRC-32 as MPEG-2 has it (ISO 13818-1, annex A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return struct.pack(">I", value)
