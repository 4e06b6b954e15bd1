"""From what the user calls a source to the source."""

from __future__ import annotations

import glob
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

from mimika.base.errors import InputError, UsageError
from mimika.base.names import path_of
from mimika.sources.addresses import SCHEMES, without_password
from mimika.sources.demuxing import begins_as_film, is_picture
from mimika.sources.picture import PICTURE_SUFFIXES
from mimika.sources.ranges import TimeRange
from mimika.sources.rotation import rotation_of

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from mimika.sources.animation import Animation
    from mimika.sources.frame import Source
    from mimika.sources.rotation import Rotation
    from mimika.sources.video import Video


def open_source(
    what: int | str | PathLike[str],
    *,
    rate_hz: float | None = None,
    size: tuple[int, int] | None = None,
    stream: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    rotate: int | str = 0,
    recursive: bool = False,
) -> Source:
    """Open whatever has frames.

        with mimika.open_source("film.mp4", start_s=60, end_s=90) as film:
            for frame in film:
                print(frame.time_s, frame.image.shape)

    Args:
        what: a camera's number (or its name), a video file, an animated GIF, WebP, PNG or AVIF, a
            picture, a folder or pattern of pictures, or an rtsp/http URL.
        rate_hz: frames a second to ask a camera for.
        size: (width, height) in pixels to ask a camera for.
        stream: number of a film's video stream, as ffprobe counts; None takes the best.
        start_s: a film is read from this time on, in seconds since its first frame, by seeking.
        end_s: and up to this time; None reads to the end.
        rotate: degrees by which frames are turned clockwise, beyond what the file says: 0, 90, 180
            or 270. "auto" looks whether the faces of a film or picture stand, and turns it until
            they do; it leaves cameras and live streams as they are.
        recursive: of a folder, also the folders in it.

    Raises:
        InputError: there is no such thing, or it cannot be read.
        UsageError: an option has no such value, or no meaning for this kind of source.
        DeviceError: the camera is absent or busy.
    """
    a_path = isinstance(what, os.PathLike)
    text = os.fspath(what) if isinstance(what, os.PathLike) else str(what)
    # A folder may be called 2024: as a Path, or as ./2024, it is no camera's number.
    number = text.isdecimal() and not a_path
    rotation = rotation_of(rotate)
    limits = TimeRange(start_s, end_s)
    if text.lower().startswith(SCHEMES):
        from mimika.sources.stream import open_address

        return open_address(text, stream=stream, start_s=start_s, end_s=end_s, rotate=rotation)
    path = path_of(text)
    if path.exists() and not path.is_dir() and not number:
        from mimika.sources.animation import is_animation

        if is_animation(path) or _is_film(path):
            return open_film(path, stream=stream, start_s=start_s, end_s=end_s, rotate=rotation)
    if "://" in text:
        raise InputError(_wrong_scheme(text))
    if not limits.whole or stream is not None:
        raise UsageError(f"{text} is no film: leave out --from, --to and --stream.")
    if number or (not a_path and _is_camera_name(text, path)):
        from mimika.sources.camera import Camera

        turn = 0 if rotation == "auto" else rotation
        return Camera(text, size=size, rate_hz=rate_hz, turn=turn)
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES or glob.has_magic(text):
        from mimika.sources.images import Images

        return Images(text, recursive=recursive, rotate=rotation)
    raise InputError(
        f"There is no file, folder, camera or address {text!r}: check the name "
        "(`mimika cameras` lists the cameras)."
    )


def open_film(
    path: Path,
    *,
    stream: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    rotate: Rotation = 0,
) -> Video | Animation:
    """Open a file as a film: FFmpeg's kinds, and pictures that move.

    Args:
        path: the file.
        stream: see `open_source`, as the others.
        start_s: likewise.
        end_s: likewise.
        rotate: likewise.

    Raises:
        InputError: it is no film that can be read, such as a picture that does not move.
        UsageError: there is no such stream, or the range is none.
    """
    from mimika.sources.animation import Animation, is_animation
    from mimika.sources.video import Video

    if is_animation(path):
        return Animation(path, start_s=start_s, end_s=end_s, rotate=rotate)
    return Video(path, stream=stream, start_s=start_s, end_s=end_s, rotate=rotate)


def _is_film(path: Path) -> bool:
    """Whether a file is read as a film: by how it begins, else by its ending."""
    if begins_as_film(str(path)):
        return True
    suffix = path.suffix.lower()
    return suffix not in PICTURE_SUFFIXES or (suffix == ".gif" and not is_picture(str(path)))


def _is_camera_name(text: str, path: Path) -> bool:
    if path.suffix or path.exists():
        return False
    from mimika.sources.cameras import list_cameras

    return any(text.casefold() in camera.name.casefold() for camera in list_cameras())


def _wrong_scheme(address: str) -> str:
    """What to say of an address that begins as none of those that are read."""
    scheme = address.partition("://")[0].lower() + "://"
    near = get_close_matches(scheme, SCHEMES, 1, 0.6)
    meant = f"did you mean {near[0]}?" if near else f"addresses begin with {', '.join(SCHEMES)}."
    return f"{without_password(address)} begins with {scheme}, which is not read: {meant}"
