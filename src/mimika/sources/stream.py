"""Addresses: live streams (RTSP, HTTP, …), newest frame only, and films over HTTP, every frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError, UsageError
from mimika.sources.addresses import without_password
from mimika.sources.converting import FrameConverter
from mimika.sources.frame import SourceInfo
from mimika.sources.newest import NewestFrame
from mimika.sources.streams import choose_video
from mimika.sources.video import Video

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mimika.sources.rotation import Rotation, Turn

TIMEOUT_S = 10.0


def open_address(
    url: str,
    *,
    timeout_s: float = TIMEOUT_S,
    stream: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    rotate: Rotation = 0,
) -> Stream | Video:
    """Open a live stream, or a film that lies on a web server, of which no frame is left out.

    Args:
        url: rtsp://, http:// and what else FFmpeg speaks.
        timeout_s: how long to wait for an answer, in seconds.
        stream: number of the video stream; None takes the best.
        start_s: for films, as are the others; see `Video`.
        end_s: likewise.
        rotate: degrees by which frames are turned clockwise; "auto" leaves live streams as they
            are.

    Raises:
        InputError: nothing answers in time, or it is no video.
        UsageError: there is no such stream, or a range is asked of a live stream.
    """
    capture = StreamCapture(url, without_password(url), timeout_s, stream)
    if capture.finite and url.lower().startswith("http"):
        first = iter([capture])

        def opener() -> Any:
            again = next(first, None) or StreamCapture(url, capture.name, timeout_s, stream)
            return again.container

        return Video(
            url,
            opener=opener,
            stream=stream,
            start_s=start_s,
            end_s=end_s,
            rotate=rotate,
        )
    if start_s > 0 or end_s is not None:
        capture.close()
        raise UsageError(f"{capture.name} is live and has no range: leave out --from and --to.")
    turn = 0 if rotate == "auto" else rotate
    return Stream(url, timeout_s=timeout_s, opened=capture, stream=stream, turn=turn)


class Stream(NewestFrame):
    """A live stream by its address; see `mimika.sources.frame.Source`.

    A stream of known length ends at its end; one without is waited for when it breaks. Passwords in
    the address are never shown.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = TIMEOUT_S,
        opened: StreamCapture | None = None,
        stream: int | None = None,
        turn: Turn = 0,
        **waiting: float,
    ) -> None:
        """Connect.

        Args:
            url: rtsp://, http:// and what else FFmpeg speaks.
            timeout_s: how long to wait for an answer, in seconds.
            opened: its first connection, where there is one already.
            stream: number of the video stream; None takes the best.
            turn: degrees by which frames are turned clockwise: 0, 90, 180 or 270.
            **waiting: `stalled_s`, `first_pause_s`, `longest_pause_s` of `NewestFrame`.

        Raises:
            InputError: nothing answers in time, or it is no video.
        """
        name = without_password(url)

        def reopen() -> StreamCapture:
            return StreamCapture(url, name, timeout_s, stream)

        capture = opened or reopen()
        context = capture.stream.codec_context
        info = SourceInfo(
            name,
            "stream",
            live=True,
            width=context.width,
            height=context.height,
            rate_hz=float(capture.stream.average_rate or 0),
        )
        super().__init__(info, capture, reopen, ends=capture.finite, turn=turn, **waiting)


class StreamCapture:
    """An open stream as a `Capture`.

    Attributes:
        container: PyAV's container.
        finite: it has a known length.
        name: the address without its password.
        stream: PyAV's video stream.
    """

    def __init__(self, url: str, name: str, timeout_s: float, wanted: int | None = None) -> None:
        import av

        self.name = name
        # Over UDP, the default, a camera's frames arrive torn.
        options = {"rtsp_transport": "tcp"} if url.lower().startswith("rtsp") else {}
        try:
            self.container: Any = av.open(url, options=options, timeout=timeout_s)
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = re.sub(r"\s+", " ", str(getattr(error, "strerror", "") or "no answer"))
            if isinstance(error, av.error.ExitError):
                reason = f"no answer in {timeout_s:g} s"
            raise InputError(
                f"{name} does not answer as a video stream ({reason}): check the address, the "
                "network, and the name and password."
            ) from error
        try:
            self.stream: Any = choose_video(self.container, wanted, name)[0]
        except BaseException:
            self.container.close()
            raise
        self.stream.thread_type = "AUTO"
        self._convert = FrameConverter(self.stream)
        self.finite = self.container.duration is not None
        self._decoded = self._frames()

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next frame; None at the end or when the stream broke."""
        frame = next(self._decoded, None)
        return None if frame is None else self._convert(frame)

    def close(self) -> None:
        """Free the connection; more than once does no harm."""
        self.container.close()

    def _frames(self) -> Iterator[Any]:
        import av

        try:
            for packet in self.container.demux(self.stream):
                try:
                    yield from packet.decode()
                except av.FFmpegError:
                    # A torn packet; the next key frame mends it.
                    continue
        except (av.FFmpegError, OSError, ValueError):
            return
