"""Videos of strangers: which containers are taken, by their first bytes, and how one is opened.

FFmpeg also reads play lists, which name other files and addresses: an upload must not make the
server open those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.server.film_work import frame_work
from mimika.base.errors import InputError
from mimika.sources.demuxing import is_picture

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer

    from mimika.sources.rotation import FindTurn, Turn
    from mimika.sources.video import Video

FORMATS = "mov,mp4,matroska,webm,avi,flv,ogg,gif,mpeg,mpegvideo,mpegts,asf"
"""FFmpeg's names of the same, which it holds itself to (`format_whitelist`): a file may begin like
one kind and be taken for another."""

A_PICTURE = (
    "The file is a picture, not a video: send it to /v1/analyze, or export it as MP4 or GIF."
)
LEAST_RATE_HZ = 25.0
LARGE_PIXELS = 3_000_000
HEAD = 400
TRANSPORT_PACKET, SYNC = 188, 0x47
BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
MAGIC = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"OggS",
    b"GIF87a",
    b"GIF89a",
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
)


def check_container(path: Path) -> None:
    """Refuse a file that is no video container.

    Raises:
        InputError: it is none.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if is_picture(str(path)):
        raise InputError(A_PICTURE)
    if not is_video(head):
        raise InputError(
            "The file is not a video that is taken: send MP4, MOV, WebM, MKV, AVI, MPEG or GIF."
        )


def is_video(head: bytes) -> bool:
    """Whether a file that begins with `head` (400 bytes or all of it) is a video container."""
    if head.startswith(MAGIC) or head[4:8] in BOXES:
        return True
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return True
    return len(head) > TRANSPORT_PACKET and head[0] == SYNC == head[TRANSPORT_PACKET]


def open_container(path: Path, most_pixels: int) -> InputContainer:
    """Open a stranger's video: no other file is opened by it, no larger frame is decoded.

    Raises:
        InputError: it is no video of a kind that is taken.
    """
    import av

    try:
        container = av.open(
            str(path),
            metadata_errors="replace",
            options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(
            f"{path} is not a video that is taken (empty, damaged, or another kind): send MP4, "
            "MOV, WebM, MKV, AVI, MPEG or GIF."
        ) from error
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None:  # a codec that FFmpeg does not know
            continue
        if context.width * context.height > most_pixels:
            container.close()
            raise too_large(context.width, context.height)
        # Held by the decoder before it makes room for a frame.
        context.options = {"max_pixels": str(most_pixels)}
        if context.width * context.height > LARGE_PIXELS:
            # Each thread of a decoder holds frames.
            context.thread_count = 1
    return container


def open_video(
    path: Path, most_pixels: int, longest: int | None = None, turn: Turn | FindTurn = 0
) -> Video:
    """Open a stranger's video.

    Args:
        path: the video.
        most_pixels: larger frames are not decoded.
        longest: larger frames are reduced until their longer side is so many pixels.
        turn: degrees by which frames are turned clockwise, or what finds out.

    Raises:
        InputError: it is no video of a kind that is taken, or has no frame.
    """
    from mimika.sources.video import Video

    return Video(
        path, opener=lambda: open_container(path, most_pixels), rotate=turn, longest=longest
    )


def check_decodes(path: Path, most_pixels: int) -> None:
    """Decode a stranger's first frame.

    Raises:
        InputError: there is none.
    """
    open_video(path, most_pixels).close()


def declared(container: InputContainer) -> tuple[float, int]:
    """How long a video is by its header, in seconds, and the pixels of all its frames together."""
    longest_s = (container.duration or 0) / 1e6
    work = 0
    for stream in container.streams.video:
        if stream.codec_context is None:
            continue
        if stream.duration is not None and stream.time_base is not None:
            longest_s = max(longest_s, float(stream.duration * stream.time_base))
        rate_hz = max(float(stream.average_rate or stream.guessed_rate or 0), LEAST_RATE_HZ)
        frames = stream.frames or round(longest_s * rate_hz)
        context = stream.codec_context
        work = max(work, frames * frame_work(context.width, context.height))
    return longest_s, work


def too_large(width: int, height: int) -> InputError:
    """A video with larger frames than are taken."""
    return InputError(
        f"The video has frames of {width}x{height} pixels, more than are taken: scale it down."
    )
