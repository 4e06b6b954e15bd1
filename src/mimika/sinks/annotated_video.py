"""The annotated film: H.264 in MP4, with the original's times and sound."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from mimika.base.closing import Closing
from mimika.base.errors import OutputError
from mimika.base.files import check_writable, output_error, part_of, remove
from mimika.base.processors import processors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.drawing.overlay import Overlay
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame, SourceInfo

SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv"})
TIME_BASE = Fraction(1, 90_000)
# Sound that MP4 carries as it is; other kinds become AAC.
COPIED_SOUND = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus"})
WAITING_FRAMES = 8


class AnnotatedVideo(Closing):
    """Writes frames with their faces drawn; see `mimika.sinks.sink.Sink`.

    Drawing and encoding run in a thread of their own. Every frame keeps its time; the sound of a
    film is added when the film is closed, up to the last frame's time.
    """

    def __init__(self, path: Path, source: SourceInfo, overlay: Overlay) -> None:
        """Begin; the file is laid out at the first frame.

        Args:
            path: an .mp4 (or .m4v, .mov, .mkv) file.
            source: where the frames come from; a film's sound is taken from there.
            overlay: how faces are drawn.

        Raises:
            OutputError: it cannot be written, or is named as another kind of file.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(
                f"{path} does not end in .mp4: the annotated video is an MP4 file, name it so."
            )
        if path.exists() and Path(source.name).exists() and path.samefile(source.name):
            raise OutputError(f"{path} is the video itself: give another file.")
        check_writable(path)
        self._path, self._part = path, part_of(path)
        self._source, self._overlay = source, overlay
        self._container: Any = None
        self._stream: Any = None
        self._size = (0, 0)
        self._last_tick = -1
        self._waiting: queue.Queue[tuple[Frame, FrameResult] | None] = queue.Queue(WAITING_FRAMES)
        self._failed: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame; raises what went wrong with an earlier one.

        Raises:
            OutputError: the disk is full, or the encoder refuses.
        """
        if self._closed:
            raise ValueError(f"{self._path} is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._encode_all, name="encode", daemon=True)
            self._thread.start()
        self._raise_failure()
        self._waiting.put((frame, result))

    def close(self) -> None:
        """Finish the film and give it its name; more than once does no harm."""
        if self._closed:
            return
        self._closed = True
        if self._thread is None:
            return
        self._waiting.put(None)
        self._thread.join()
        try:
            self._raise_failure()
            self._finish()
        except OSError as error:
            raise output_error(self._path, error) from error
        finally:
            self._abandon()

    def _raise_failure(self) -> None:
        if isinstance(self._failed, OSError):
            raise output_error(self._path, self._failed) from self._failed
        if self._failed is not None:
            raise OutputError(
                f"{self._path} cannot be encoded ({self._failed}): try another file name."
            ) from self._failed

    def _encode_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            # After a failure frames are taken and dropped, so that the writer never blocks.
            if self._failed is None:
                try:
                    self._encode(*item)
                except Exception as error:  # noqa: BLE001 - handed to the thread that writes
                    self._failed = error

    def _encode(self, frame: Frame, result: FrameResult) -> None:
        import av

        if self._container is None:
            self._lay_out(frame.image)
        drawn = self._fitted(self._overlay.draw(frame.image, result))
        picture = av.VideoFrame.from_ndarray(drawn, format="bgr24")
        picture.time_base = TIME_BASE
        # Each frame needs a time of its own.
        self._last_tick = max(round(frame.time_s / TIME_BASE), self._last_tick + 1)
        picture.pts = self._last_tick
        self._container.mux(self._stream.encode(picture))

    def _lay_out(self, image: NDArray[np.uint8]) -> None:
        import av

        height, width = image.shape[:2]
        # H.264's usual pixel format halves the colors' size, so both sides must be even.
        self._size = (width + width % 2, height + height % 2)
        options = {"movflags": "faststart"} if self._path.suffix.lower() != ".mkv" else {}
        self._container = av.open(str(self._part), "w", options=options)
        rate = Fraction(self._source.rate_hz or 30).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = TIME_BASE
        # Half the work of "veryfast" with 20: on the demo clip as good (38.2 dB against 38.1), and
        # a file 1.4 times as large.
        self._stream.options = {"preset": "superfast", "crf": "22"}
        # One processor is left to the recogniser; on one thread x264 also does less in all.
        self._stream.codec_context.thread_count = max(1, processors() - 1)

    def _fitted(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring a frame to the film's size: by an edge row for odd ones, else by scaling."""
        height, width = image.shape[:2]
        wide, high = self._size
        if (width, height) == self._size:
            return image
        if 0 <= wide - width <= 1 and 0 <= high - height <= 1:
            return cv2.copyMakeBorder(
                image, 0, high - height, 0, wide - width, cv2.BORDER_REPLICATE
            )
        return cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)

    def _finish(self) -> None:
        if self._container is None:
            return
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._container = None
        if self._source.original is not None:
            self._add_sound(self._source.original)
        self._part.replace(self._path)

    def _add_sound(self, original: str) -> None:
        """Lay the original's sound beside the pictures, without touching those."""
        from mimika.sinks.sound import has_sound, with_sound

        if not has_sound(original):
            return
        joined = self._part.with_name(f"{self._part.stem}.sound{self._part.suffix}")
        try:
            with_sound(self._part, original, joined, COPIED_SOUND)
            joined.replace(self._part)
        finally:
            remove(joined)

    def _abandon(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            # The full disk that brought us here may refuse this as well.
            with suppress(OSError):
                container.close()
        remove(self._part)
