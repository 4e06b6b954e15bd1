"""What a stranger may send to stop a server; small files that ask for much."""

from __future__ import annotations

import base64
import io
import os
import socket
import struct
import zlib
from fractions import Fraction

import av
import cv2
import numpy as np
from PIL import Image

from helpers.waiting import LONGEST_S

HEAD = b"POST /v1/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, *chunks):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def inflating(megabytes):
    """Data that inflate to so much."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    first = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1) + packer.flush()


def inflating_png(megabytes=4096):
    """A picture of 1000x1000 whose data inflate to so much."""
    return png(1000, 1000, chunk(b"IDAT", inflating(megabytes)))


def inflating_profile_png(megabytes=512):
    """A picture whose color profile inflates to so much."""
    packed = zlib.compress(bytes(megabytes << 20), 9)
    pixels = zlib.compress(bytes(1000 * 3001), 9)
    return png(1000, 1000, chunk(b"iCCP", b"x\0\0" + packed), chunk(b"IDAT", pixels))


def tiny_chunks_png(count=400_000):
    return png(1000, 1000, chunk(b"tEXt", b"a\0b") * count)


def endless_markers_jpeg(count=2_500_000):
    return b"\xff\xd8" + b"\xff\xe1\x00\x03a" * count + b"\xff\xd9"


def endless_scans_jpeg(count=2000, side=4096):
    """A progressive picture, of 16 megapixels, whose last but one scan comes again and again."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (90, 90, 90)).save(file, "JPEG", progressive=True, quality=1)
    data = file.getvalue()
    scans = [i for i in range(len(data) - 1) if data[i : i + 2] == b"\xff\xda"]
    scan = data[scans[-2] : scans[-1]]
    return data[: scans[-1]] + scan * min(count, (15 << 20) // len(scan)) + data[scans[-1] :]


def postscript(lines=3_000_000):
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" + b"%%x\n" * lines


def palette_png(side=5000):
    """25 megapixels in a few kilobytes."""
    file = io.BytesIO()
    Image.new("P", (side, side)).save(file, "PNG", optimize=True)
    return file.getvalue()


PICTURES = {
    "a PNG that inflates to 4 GB": inflating_png,
    "a PNG whose profile inflates": inflating_profile_png,
    "a PNG of tiny chunks": tiny_chunks_png,
    "a JPEG of endless markers": endless_markers_jpeg,
    "a JPEG of endless scans": endless_scans_jpeg,
    "an EPS": postscript,
}


def flat_picture(kind, side=5000, **options):
    """25 megapixels of one color in a few kilobytes, of another kind."""
    file = io.BytesIO()
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.new("P" if kind == "GIF" else "RGB", (side, side)).save(file, kind, **options)
    return file.getvalue()


FLAT = {
    "AVIF": {"speed": 10},
    "HEIF": {"quality": 10},
    "GIF": {},
    "TIFF": {"compression": "tiff_deflate"},
    "WEBP": {"quality": 1, "method": 0},
}


def inflating_tiff(megabytes=1024):
    """A TIFF of 1000x1000 whose only strip inflates to so much."""
    strip = inflating(megabytes)
    entries = {256: 1000, 257: 1000, 258: 8, 259: 8, 262: 1, 273: 8, 277: 1, 278: 1000}
    entries[279] = len(strip)
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items())
    table = struct.pack("<H", len(entries)) + fields + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip + table


def growing_gif(frames=3000):
    """A GIF of 10x10 with many frames of 4000x4000."""
    screen = struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 4000, 4000, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + frame * frames + b";"


def endless_gif(frames=300_000):
    """A GIF of 10x10 with hundreds of thousands of frames of one pixel."""
    screen = struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + frame * frames + b";"


def paged_tiff(pages=50_000):
    """A TIFF of one pixel with tens of thousands of pages."""
    tags = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 278: 1, 279: 1}
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    page = struct.pack("<H", len(tags)) + fields
    size = len(page) + 4
    places = [8 + size * (number + 1) for number in range(pages - 1)] + [0]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(page + struct.pack("<I", p) for p in places)


def growing_film(size=(16384, 8704)):
    """A film of 64x64 whose pictures are of another size from the third on."""
    small = cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()
    large = cv2.imencode(".jpg", np.zeros((size[1], size[0]), np.uint8))[1].tobytes()
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p"
        for i, data in enumerate([small, small, large, large, small]):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = i
            packet.is_keyframe = True
            container.mux(packet)
    return file.getvalue()


def endless_film(seconds=600, rate=120, size=(4096, 2160)):
    """Many frames of a large film in little room: VP9 that shows its first frame again (0x88)."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx-vp9", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        gray = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        frame = av.VideoFrame.from_ndarray(gray, format="yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, rate)
        packets = [*stream.encode(frame), *stream.encode(None)]
        container.mux(packets)
        for i in range(1, seconds * rate):
            packet = av.Packet(b"\x88")
            packet.stream, packet.time_base = stream, Fraction(1, rate)
            packet.pts = packet.dts = i
            container.mux(packet)
    return file.getvalue()


def large_film(frames=40, size=(3840, 2160)):
    """H.264 whose pictures are predicted from five others: the most that has to be kept."""
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 160, (size[1] // 8, size[0] // 8 + 64, 3), np.uint8)
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"preset": "ultrafast", "refs": "5", "bf": "3", "crf": "30"}
        for i in range(frames):
            moved = np.ascontiguousarray(noise[:, i % 64 : i % 64 + size[0] // 8])
            picture = cv2.resize(moved, size, interpolation=cv2.INTER_NEAREST)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def tiny_frames(frames=100_000):
    """A film of 16x16 pixels and a hundred thousand frames, which show the first one again."""
    return endless_film(seconds=frames // 1000, rate=1000, size=(16, 16))


def disguised(port):
    """Descriptions of films that lie elsewhere, behind the first bytes of a film."""
    sdp = (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    ).encode()
    mpd = (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        f'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>http://127.0.0.1:{port}/x.mp4</BaseURL>'
        f"</Representation></AdaptationSet></Period></MPD>"
    ).encode()
    hls = f"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:{port}/x.ts\n#EXT-X-ENDLIST\n".encode()
    concat = f"ffconcat version 1.0\nfile http://127.0.0.1:{port}/x.mp4\n".encode()
    for text in (sdp, mpd, hls, concat):
        for front in (b"\x00\x00\x01\xba\n", b"FLV\x01\n", b"OggS\n", b"RIFF\n\n\n\nAVI \n"):
            yield front + text
        yield b"G" + text + b"\n" * (187 - len(text)) + b"G" + bytes(400)


def connected(port, address="127.0.0.1"):
    """A connection from an address of this machine, as another visitor would have."""
    return socket.create_connection(("127.0.0.1", port), LONGEST_S, source_address=(address, 0))


def opened_socket(port, address="127.0.0.1"):
    """A WebSocket to the stream, after its handshake."""
    connection = opening_socket(port, address)
    assert b" 101 " in connection.recv(4096)
    return connection


def opening_socket(port, address="127.0.0.1"):
    """A WebSocket to the stream, whose handshake is not answered yet."""
    connection = connected(port, address)
    key = base64.b64encode(os.urandom(16))
    connection.sendall(
        b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + key
        + b"\r\n\r\n"
    )
    return connection


def text_frame(text):
    """A text message of a WebSocket."""
    return b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text


EMPTY_PING = b"\x89\x80" + bytes(4)
EMPTY_FRAGMENT = b"\x00\x80" + bytes(4)
FIRST_FRAGMENT = b"\x02\x80" + bytes(4)
