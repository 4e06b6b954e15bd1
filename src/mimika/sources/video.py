"""Films of any container and codec that FFmpeg reads, through PyAV: files, and files over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.sources._base import BaseSource
from mimika.sources.frame import Frame, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from numpy.typing import NDArray

TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
MOST_PIXELS = 100_000_000


class Video(BaseSource):
    """A video file; see `mimika.sources.frame.Source`.

    Times are the file's own timestamps, from 0 at its first frame. Rotation metadata is applied.
    Broken frames are left out, counted in `dropped`, and told in a warning.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        """Open the file and look at its header.

        Raises:
            InputError: missing, empty, not a video, or without a video track.
        """
        import av

        path = Path(path).expanduser()
        if not path.exists():
            raise InputError(f"There is no video {path}: check the name.")
        if path.is_dir():
            raise InputError(f"{path} is a folder: name a video in it.")
        try:
            self._container = av.open(str(path), metadata_errors="replace")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise InputError(
                f"{path} is not a video that can be read (empty, damaged, or another kind of "
                "file): check that it plays elsewhere."
            ) from error
        self._read_header(str(path), str(path))

    @classmethod
    def of(cls, container: Any, name: str, original: str) -> Video:
        """Take over a container that PyAV opened, such as one of a film over HTTP.

        Args:
            container: PyAV's input container.
            name: how the film is called.
            original: what FFmpeg opens to read it again.

        Raises:
            InputError: it has no video track, or too large frames.
        """
        film = cls.__new__(cls)
        film._container = container
        film._read_header(name, original)
        return film

    def _read_header(self, name: str, original: str) -> None:
        if not self._container.streams.video:
            self._container.close()
            raise InputError(f"{name} has no video track (only sound?): give a film with pictures.")
        self._stream = self._container.streams.video[0]
        # Slices as well as frames: decoding must not add a frame's delay for each thread.
        self._stream.thread_type = "AUTO"
        size = (self._stream.codec_context.width, self._stream.codec_context.height)
        if size[0] * size[1] > MOST_PIXELS:
            self._container.close()
            raise InputError(
                f"{name} has frames of {size[0]}x{size[1]} pixels, more than are read: "
                "scale it down."
            )
        self._started = False
        super().__init__(_info(name, original, self._container, self._stream, size))

    def _frames(self) -> Iterator[Frame]:
        if self._started and not self.closed:
            self._container.seek(0)
        self._started = True
        from av.video.reformatter import VideoReformatter

        # One for all frames: a frame of its own accord prepares the conversion anew.
        reformatter = VideoReformatter()
        first_s: float | None = None
        last_s, index = -1.0, 0
        for picture in self._decoded():
            rate = self.info.rate_hz or 25.0
            time_s = picture.time if picture.time is not None else last_s + 1 / rate
            first_s = time_s if first_s is None else first_s
            # Damaged timestamps must not make time go back.
            last_s = max(time_s - first_s, last_s if last_s >= 0 else 0.0)
            yield Frame(upright(picture, reformatter), last_s, index)
            index += 1
        if index == 0 and not self.closed:
            raise InputError(f"{self.info.name} has no frame that can be decoded: it is damaged.")

    def _decoded(self) -> Iterator[Any]:
        import av

        demuxed = self._container.demux(self._stream)
        while not self.closed:
            try:
                packet = next(demuxed)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self._count_broken("the file is cut off or damaged from there on")
                return
            try:
                frames = packet.decode()
            except (av.FFmpegError, OSError):
                self._count_broken("they were left out")
                continue
            for frame in frames:
                if getattr(frame, "is_corrupt", False):
                    self._count_broken("they were left out")
                    continue
                yield frame

    def _count_broken(self, what: str) -> None:
        self.dropped += 1
        count = f"{self.dropped} broken frame{'s' if self.dropped > 1 else ''}"
        self.warnings[:] = [f"{self.info.name}: {count}; {what}."]

    def _free(self) -> None:
        self._container.close()


def upright(picture: Any, reformatter: Any = None) -> NDArray[np.uint8]:
    """Turn PyAV's frame into an (H, W, 3) uint8 BGR array, rotation metadata applied.

    Args:
        picture: the frame.
        reformatter: PyAV's `VideoReformatter`, kept for all frames of one size; None makes one.
    """
    if reformatter is None:
        image = picture.to_ndarray(format="bgr24")
    else:
        image = reformatter.reformat(picture, format="bgr24").to_ndarray()
    turn = TURNS.get(round(getattr(picture, "rotation", 0) or 0) % 360)
    return np.ascontiguousarray(image) if turn is None else cv2.rotate(image, turn)


def _info(
    name: str, original: str, container: Any, stream: Any, size: tuple[int, int]
) -> SourceInfo:
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    duration_s = None
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        duration_s = container.duration / 1e6
    frames = stream.frames or (round(duration_s * rate) if duration_s and rate else None)
    return SourceInfo(
        name,
        "video",
        width=size[0],
        height=size[1],
        rate_hz=rate,
        frames=frames,
        duration_s=duration_s,
        original=original,
    )
