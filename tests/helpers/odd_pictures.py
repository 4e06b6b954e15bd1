"""Pictures of rare kinds that ask much of a decoder: tiles, old codings, long heads, many parts."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image

from helpers.attacks import chunk


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def full_box(kind, *parts, version=0):
    return box(kind, struct.pack(">I", version << 24), *parts)


def boxes(data):
    """The boxes one after another, by their kinds."""
    found, at = {}, 0
    while at + 8 <= len(data):
        size = struct.unpack(">I", data[at : at + 4])[0] or len(data) - at
        found[data[at + 4 : at + 8]] = data[at + 8 : at + size]
        at += size
    return found


def _tile(kind, side):
    """A tile of one color: the kind of its configuration, that, and its data."""
    file = io.BytesIO()
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.new("RGB", (side, side), (90, 120, 30)).save(file, kind, quality=10)
    top = boxes(file.getvalue())
    known = boxes(boxes(boxes(top[b"meta"][4:])[b"iprp"])[b"ipco"])
    name = b"av1C" if kind == "AVIF" else b"hvcC"
    return name, known[name], top[b"mdat"]


def grid(kind, rows, columns, side, size=None, declared=None):
    """A HEIC or AVIF whose tiles are all the same data, as phones' pictures are of tiles.

    Args:
        kind: AVIF or HEIF.
        rows: of tiles.
        columns: of tiles.
        side: of a tile in pixels.
        size: width and height of the picture; as large as the tiles where None.
        declared: what the file says that a tile's side is.
    """
    name, configuration, data = _tile(kind, side)
    item, brand = (b"av01", b"avif") if kind == "AVIF" else (b"hvc1", b"heic")
    width, height = size or (columns * side, rows * side)
    count, declared = rows * columns, declared or side

    def info(number, what):
        return full_box(b"infe", struct.pack(">HH", number, 0), what, b"\0", version=2)

    numbers = range(2, count + 2)
    tiles = struct.pack(f">{count}H", *numbers)
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    properties = box(
        b"ipco",
        full_box(b"ispe", struct.pack(">II", width, height)),
        full_box(b"ispe", struct.pack(">II", declared, declared)),
        box(name, configuration),
        full_box(b"pixi", b"\3\x08\x08\x08"),
    )
    of_tiles = b"".join(struct.pack(">HBBBB", number, 3, 2, 0x83, 4) for number in numbers)
    of_all = struct.pack(">IHBBB", count + 1, 1, 2, 1, 4) + of_tiles
    head = box(b"ftyp", brand, bytes(4), b"mif1", brand, b"miaf")

    def meta(at):
        place = struct.pack(">HII", 1, at, len(data))
        places = b"".join(struct.pack(">HHH", number, 0, 0) + place for number in numbers)
        first = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(layout))
        return full_box(
            b"meta",
            full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
            full_box(b"pitm", struct.pack(">H", 1)),
            full_box(
                b"iinf",
                struct.pack(">H", count + 1),
                info(1, b"grid"),
                *[info(number, item) for number in numbers],
            ),
            full_box(b"iref", box(b"dimg", struct.pack(">HH", 1, count), tiles)),
            box(b"iprp", properties, full_box(b"ipma", of_all)),
            box(b"idat", layout),
            full_box(b"iloc", struct.pack(">BBH", 0x44, 0, count + 1), first, places, version=1),
        )

    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", data)


def marker(code, body):
    return bytes([0xFF, code]) + struct.pack(">H", 2 + len(body)) + body


def arithmetic_jpeg(side=5000, scans=1, *, progressive=False):
    """A JPEG with arithmetic coding, in which any bytes are a picture."""
    data = random.Random(0).randbytes(2000).replace(b"\xff", b"\x01")
    parts = struct.pack(">BHHB", 8, side, side, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0"
    scan = b"\x01\x01\0\x01\x05\0" if progressive else b"\3\x01\0\x02\0\x03\0\0\x3f\0"
    head = marker(0xDB, b"\0" + b"\1" * 64) + marker(0xCA if progressive else 0xC9, parts)
    return b"\xff\xd8" + head + (marker(0xDA, scan) + data) * scans + b"\xff\xd9"


def packed_bmp(body, side=5000, bits=8):
    """A BMP with run lengths: 8 or 4 bits a pixel."""
    colors = bytes(4 << bits)
    at = 54 + len(colors)
    sizes = (40, side, side, 1, bits, 1 if bits == 8 else 2, len(body), 0, 0, 1 << bits, 0)
    head = struct.pack("<IHHI", at + len(body), 0, 0, at) + struct.pack("<IiiHHIIiiII", *sizes)
    return b"BM" + head + colors + body


def tiff(tags, data):
    """A TIFF of these tags (type, count, value); `data` begins at byte 8."""
    fields = b"".join(struct.pack("<HHII", tag, *value) for tag, value in sorted(tags.items()))
    table = struct.pack("<H", len(tags)) + fields + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + table


GRAY = {258: (3, 1, 8), 259: (3, 1, 8), 262: (3, 1, 1), 277: (3, 1, 1)}


def parted_tiff(width, height, part, *, tiles):
    """A gray TIFF of many strips of `part` rows, or tiles of `part` pixels a side."""
    size = part * part if tiles else width * part
    count = -(-height // part) * (-(-width // part) if tiles else 1)
    data = zlib.compress(bytes(size))
    data += bytes(-len(data) % 4)
    at = 8 + len(data)
    places = struct.pack("<I", 8) * count + struct.pack("<I", len(data)) * count
    where = (4, count, at), (4, count, at + 4 * count)
    own = {322: (4, 1, part), 323: (4, 1, part), 324: where[0], 325: where[1]}
    if not tiles:
        own = {273: where[0], 278: (4, 1, part), 279: where[1]}
    return tiff({256: (4, 1, width), 257: (4, 1, height), **GRAY, **own}, data + places)


def long_tags_tiff(count=3000, size=2 << 20):
    """A TIFF of thousands of tags that all hold the same megabytes."""
    usual = {256: (4, 1, 8), 257: (4, 1, 8), **GRAY, 259: (3, 1, 1)}
    usual |= {273: (4, 1, 8), 278: (4, 1, 8), 279: (4, 1, 64)}
    return tiff(usual | {40000 + i: (5, size // 8, 8) for i in range(count)}, bytes(size))


def moving_webp(frames, canvas=64):
    """A WebP of many frames of one pixel."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "WEBP", lossless=True)
    frame = bytes(12) + b"\x0a\0\0\0" + file.getvalue()[12:]
    frame = b"ANMF" + struct.pack("<I", len(frame)) + frame + bytes(len(frame) % 2)
    size = struct.pack("<I", canvas - 1)[:3] * 2
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
    body = b"WEBP" + head + b"ANIM" + struct.pack("<I", 6) + bytes(6) + frame * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def moving_png(frames):
    """A PNG of many frames of one pixel."""
    pixel = zlib.compress(bytes(4))
    parts = []
    for i in range(frames):
        parts.append(
            chunk(b"fcTL", struct.pack(">5I2H2B", 2 * i - (i > 0), 1, 1, 0, 0, 1, 9, 0, 0))
        )
        parts.append(
            chunk(b"fdAT", struct.pack(">I", 2 * i) + pixel) if i else chunk(b"IDAT", pixel)
        )
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    head += chunk(b"acTL", struct.pack(">II", frames, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + chunk(b"IEND", b"")


ODD = {
    "AVIF of 6,084 tiles": lambda: grid("AVIF", 78, 78, 64),
    "AVIF whose tiles are larger than they say": lambda: grid(
        "AVIF", 8, 8, 2000, (512, 512), declared=64
    ),
    "HEIC of 6,084 tiles": lambda: grid("HEIF", 78, 78, 64),
    "HEIC whose tiles are larger than they say": lambda: grid(
        "HEIF", 8, 8, 1000, (512, 512), declared=64
    ),
    "arithmetic JPEG of 25 megapixels": arithmetic_jpeg,
    "arithmetic JPEG of endless scans": lambda: arithmetic_jpeg(2000, 2000, progressive=True),
    "PNM with a comment of megabytes": lambda: b"P6\n#" + b"x" * (4 << 20) + b"\n8 8\n255\n",
    "PNM of comments": lambda: b"P6\n" + b"#\n" * (1 << 20) + b"8 8\n255\n" + bytes(192),
    "PNM with a size of megabytes": lambda: b"P6 " + b"9" * (4 << 20) + b" 8 255\n",
    "PNM of digits": lambda: b"P3 1500 1500 255\n" + b"1 " * (3 << 20),
    "BMP of ends of lines": lambda: packed_bmp(bytes(4 << 20)),
    "BMP of steps": lambda: packed_bmp(b"\0\2\0\0" * (1 << 20), 1900),
    "BMP of runs in 4 bits": lambda: packed_bmp(b"\xff\1" * 200_000, bits=4),
    "TIFF of 12,000 strips": lambda: parted_tiff(300, 12_000, 1, tiles=False),
    "TIFF of 98,000 tiles": lambda: parted_tiff(5000, 5000, 16, tiles=True),
    "TIFF of thousands of long tags": long_tags_tiff,
    "WebP of 20,000 frames": lambda: moving_webp(20_000),
    "WebP on a canvas of 256 megapixels": lambda: moving_webp(2, 16_000),
    "PNG of 20,000 frames": lambda: moving_png(20_000),
    "icon of 60,000": lambda: b"\0\0\1\0" + struct.pack("<H", 60_000) + bytes(16 * 60_000),
    "JPEG XL": lambda: b"\xff\x0a" + bytes(1 << 20),
    "JPEG XL in boxes": lambda: box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl "),
    "HEIC of a million boxes": lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"free") * 10**6,
}
