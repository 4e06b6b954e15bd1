"""From what the user calls a source to the source."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.sources.picture import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from os import PathLike

    from mimika.sources.frame import Source

SCHEMES = ("rtsp://", "rtsps://", "rtmp://", "http://", "https://", "udp://", "tcp://", "srt://")


def open_source(
    what: int | str | PathLike[str],
    *,
    rate_hz: float | None = None,
    size: tuple[int, int] | None = None,
) -> Source:
    """Open whatever has frames.

    Args:
        what: a camera's number (or its name), a video file, an animated GIF, a picture, a folder or
            pattern of pictures, or an rtsp/http URL.
        rate_hz: frames a second to ask a camera for.
        size: (width, height) in pixels to ask a camera for.

    Raises:
        InputError: there is no such thing, or it cannot be read.
        DeviceError: the camera is absent or busy.
    """
    text = str(what)
    if isinstance(what, int) or text.isdigit():
        from mimika.sources.camera import Camera

        return Camera(text, size=size, rate_hz=rate_hz)
    if text.lower().startswith(SCHEMES):
        from mimika.sources.stream import open_address

        return open_address(text)
    path = Path(text).expanduser()
    suffix = path.suffix.lower()
    if path.is_dir() or (suffix in PICTURE_SUFFIXES and not (suffix == ".gif" and path.exists())):
        from mimika.sources.images import Images

        return Images(text)
    if path.exists():
        from mimika.sources.video import Video

        return Video(path)
    if glob.has_magic(text):
        from mimika.sources.images import Images

        return Images(text)
    if not suffix:
        from mimika.sources.cameras import list_cameras

        if any(text.casefold() in camera.name.casefold() for camera in list_cameras()):
            from mimika.sources.camera import Camera

            return Camera(text, size=size, rate_hz=rate_hz)
    raise InputError(
        f"There is no file, folder, camera or address {text!r}: check the name "
        "(`mimika cameras` lists the cameras)."
    )
