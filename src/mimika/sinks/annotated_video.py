"""The annotated film: H.264 in MP4, with the original's times and sound."""

from __future__ import annotations

import queue
import threading
import warnings
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.closing import Closing
from mimika.base.errors import OutputError
from mimika.base.files import begin, output_error, remove
from mimika.base.processors import processors
from mimika.sinks.sound import Excerpt, find_tracks, lay_beside
from mimika.sinks.yuv import may_draw_into, with_drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mimika.drawing.overlay import Overlay
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame, SourceInfo

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
TIME_BASE = Fraction(1, 90_000)
# Frames that wait to be encoded: so many, or as many as take so many bytes, but always one. A frame
# of 4K takes 37 MB, as BGR and as it was decoded.
WAITING_FRAMES, WAITING_BYTES = 3, 16_000_000
# Nominal rates beyond these are damage, or a container's way to say that the rate varies.
SLOWEST_HZ, FASTEST_HZ, USUAL_HZ = 0.1, 480.0, 30.0


@dataclass(slots=True)
class _Drawn:
    """A drawn frame (PyAV's) that waits for the next one, which says how long it is shown."""

    picture: Any
    tick: int
    duration_s: float


class AnnotatedVideo(Closing):
    """Writes frames with their faces drawn; see `mimika.sinks.sink.Sink`.

    Drawing and encoding run in a thread of their own. The film begins with its first frame; every
    frame keeps its distance to that one, and the film ends where the last one ends. The size is the
    first frame's; others are fitted into it, with black borders. The sound of a film is added when
    it is closed: copied, else encoded anew; where neither can be done the film stays silent.
    """

    def __init__(
        self,
        path: Path,
        source: SourceInfo,
        overlay: Overlay,
        *,
        warn: Callable[[str], None] = warnings.warn,
    ) -> None:
        """Begin; the file is laid out at the first frame.

        Args:
            path: an .mp4 (or .m4v, .mov, .mkv) file.
            source: where the frames come from; a film's sound is taken from there.
            overlay: how faces are drawn.
            warn: called with what could not be done, in sentences for the user.

        Raises:
            OutputError: it cannot be written, or is named as another kind of file.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(
                f"{path} does not end in .mp4 (nor {', '.join(SUFFIXES[1:])}): name the annotated "
                "video so."
            )
        original = Path(source.original or source.name)
        if path.exists() and original.exists() and path.samefile(original):
            raise OutputError(f"{path} is the video itself: give another file.")
        self._path, self._part = path, begin(path)
        self._source, self._overlay, self._warn = source, overlay, warn
        self._container: Any = None
        self._stream: Any = None
        self._size = (0, 0)
        # FFmpeg's number of the color matrix (ITU-T H.273): BT.601.
        self._matrix = 5
        self._rate_hz = source.rate_hz if SLOWEST_HZ <= source.rate_hz <= FASTEST_HZ else USUAL_HZ
        self._first_s: float | None = None
        self._end_tick = 0
        self._drawn: _Drawn | None = None
        self._durations: dict[int, int] = {}
        self._waiting: queue.Queue[tuple[Frame, FrameResult] | None] = queue.Queue()
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
            places = min(WAITING_FRAMES, WAITING_BYTES // frame.image.nbytes)
            self._waiting = queue.Queue(max(1, places))
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
            # Not kept while the next one is waited for.
            del item

    def _encode(self, frame: Frame, result: FrameResult) -> None:
        if self._first_s is None:
            self._first_s = frame.time_s
            self._lay_out(frame)
        tick = round((frame.time_s - self._first_s) / TIME_BASE)
        drawn = self._draw(frame, result)
        if self._drawn is not None:
            # Each frame needs a time of its own.
            tick = max(tick, self._drawn.tick + 1)
            self._encode_drawn(self._drawn, tick - self._drawn.tick)
        self._drawn = _Drawn(drawn, tick, frame.duration_s)

    def _draw(self, frame: Frame, result: FrameResult) -> Any:
        """Return PyAV's frame with the faces drawn."""
        import av

        drawn, parts = self._overlay.draw_parts(frame.image, result)
        if self._is_drawn_into(frame):
            return with_drawing(frame.decoded, drawn, parts)
        picture = av.VideoFrame.from_ndarray(fitted(drawn, self._size), format="bgr24")
        return picture.reformat(format="yuv420p", dst_colorspace=self._matrix)

    def _is_drawn_into(self, frame: Frame) -> bool:
        picture = frame.decoded
        return (
            picture is not None
            and may_draw_into(picture)
            and (picture.width, picture.height) == self._size
            and picture.colorspace == self._matrix
        )

    def _encode_last(self) -> None:
        """Encode the frame that has no next one, and what the encoder holds back."""
        if self._drawn is not None:
            lasts_s = self._drawn.duration_s or 1 / self._rate_hz
            self._encode_drawn(self._drawn, max(1, round(lasts_s / TIME_BASE)))
            self._drawn = None
        self._mux(self._stream.encode(None))

    def _encode_drawn(self, drawn: _Drawn, ticks: int) -> None:
        """Encode a frame, shown for so many ticks."""
        picture = drawn.picture
        picture.time_base, picture.pts = TIME_BASE, drawn.tick
        self._durations[drawn.tick] = ticks
        self._end_tick = drawn.tick + ticks
        self._mux(self._stream.encode(picture))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            # Without it the container says that the film ends where its last frame begins.
            packet.duration = self._durations.pop(packet.pts, 0)
            self._container.mux(packet)

    def _lay_out(self, frame: Frame) -> None:
        import av

        height, width = frame.image.shape[:2]
        # H.264's usual pixel format halves the colors' size, so both sides must be even.
        self._size = (width + width % 2, height + height % 2)
        options = {"movflags": "faststart"} if self._path.suffix.lower() != ".mkv" else {}
        self._container = av.open(str(self._part), "w", options=options)
        rate = Fraction(self._rate_hz).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = TIME_BASE
        if frame.decoded is not None and may_draw_into(frame.decoded):
            self._keep_colors(frame.decoded)
        # "ultrafast" with half-pixel motion, deblocking and CABAC: three quarters of the work of
        # "superfast", on the demo clip 0.4 dB better in a file 1.1 times as large. Frames that are
        # predicted from later ones (bf) would shift the times of decoding, from which MP4 makes
        # its length where the rate varies.
        self._stream.options = {
            "preset": "ultrafast",
            "crf": "23",
            "bf": "0",
            "x264-params": "subme=1:cabac=1:no-deblock=0:deblock=0,0",
        }
        # One processor is left to the recognizer; on one thread x264 also does less in all.
        self._stream.codec_context.thread_count = max(1, processors() - 1)

    def _keep_colors(self, picture: Any) -> None:
        """Say of the film's colors what the original says of its own."""
        self._matrix, context = picture.colorspace, self._stream.codec_context
        for name in ("colorspace", "color_range", "color_primaries", "color_trc"):
            setattr(context, name, getattr(picture, name))

    def _finish(self) -> None:
        if self._container is None:
            return
        self._encode_last()
        self._container.close()
        self._container = None
        if self._source.original is not None:
            self._add_sound(self._source.original)
        self._part.replace(self._path)

    def _add_sound(self, original: str) -> None:
        """Lay the original's sound beside the pictures, which stay whole whatever happens."""
        import av

        begins_s = self._source.begins_s + (self._first_s or 0.0)
        length_s, stream = float(self._end_tick * TIME_BASE), self._source.stream
        excerpt = Excerpt(original, begins_s, length_s, stream)
        try:
            tracks = find_tracks(original, stream)
        except (av.FFmpegError, OSError, ValueError) as error:
            self._warn(f"{self._path} has no sound: that of the film cannot be read ({error}).")
            return
        if not tracks:
            return
        joined = self._part.with_name(f"{self._part.stem}.sound{self._part.suffix}")
        try:
            laid, reason = lay_beside(self._part, excerpt, tracks, joined)
            if laid:
                joined.replace(self._part)
        finally:
            remove(joined)
        if not laid:
            self._warn(
                f"{self._path} has no sound: that of the film cannot be laid beside the pictures "
                f"({reason})."
            )
        elif laid < len(tracks):
            self._warn(
                f"{self._path} has one of the film's {len(tracks)} sound tracks: the others "
                f"cannot be laid beside the pictures ({reason})."
            )

    def _abandon(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            # The full disk that brought us here may refuse this as well.
            with suppress(OSError):
                container.close()
        remove(self._part)


def fitted(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a picture to a size: by an edge row for odd ones, else scaled, with black borders.

    Args:
        image: (H, W, 3) uint8 BGR.
        size: width and height in pixels.
    """
    height, width = image.shape[:2]
    wide, high = size
    if (width, height) == size:
        return image
    if 0 <= wide - width <= 1 and 0 <= high - height <= 1:
        return cv2.copyMakeBorder(image, 0, high - height, 0, wide - width, cv2.BORDER_REPLICATE)
    scale = min(wide / width, high / height)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((high, wide, 3), np.uint8)
    left, top = (wide - width) // 2, (high - height) // 2
    canvas[top : top + height, left : left + width] = cv2.resize(
        image, (width, height), interpolation=way
    )
    return canvas
