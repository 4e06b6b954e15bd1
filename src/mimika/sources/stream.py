"""Addresses: live streams (RTSP, HTTP, …), newest frame only, and films over HTTP, every frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from mimika.base.errors import InputError
from mimika.sources.frame import SourceInfo
from mimika.sources.newest import NewestFrame
from mimika.sources.video import Video, upright

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

TIMEOUT_S = 10.0


def open_address(url: str, *, timeout_s: float = TIMEOUT_S) -> Stream | Video:
    """Open a live stream, or a film that lies on a web server, of which no frame is left out.

    Args:
        url: rtsp://, http:// and what else FFmpeg speaks.
        timeout_s: how long to wait for an answer, in seconds.

    Raises:
        InputError: nothing answers in time, or it is no video.
    """
    capture = StreamCapture(url, without_password(url), timeout_s)
    if capture.finite and url.lower().startswith("http"):
        return Video.of(capture.container, capture.name, url)
    return Stream(url, timeout_s=timeout_s, opened=capture)


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
        **waiting: float,
    ) -> None:
        """Connect.

        Args:
            url: rtsp://, http:// and what else FFmpeg speaks.
            timeout_s: how long to wait for an answer, in seconds.
            opened: its first connection, where there is one already.
            **waiting: `stalled_s`, `first_pause_s`, `longest_pause_s` of `NewestFrame`.

        Raises:
            InputError: nothing answers in time, or it is no video.
        """
        name = without_password(url)

        def reopen() -> StreamCapture:
            return StreamCapture(url, name, timeout_s)

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
        super().__init__(info, capture, reopen, ends=capture.finite, **waiting)


class StreamCapture:
    """An open stream as a `Capture`.

    Attributes:
        container: PyAV's container.
        finite: it has a known length.
        name: the address without its password.
        stream: PyAV's video stream.
    """

    def __init__(self, url: str, name: str, timeout_s: float) -> None:
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
        if not self.container.streams.video:
            self.container.close()
            raise InputError(f"{name} has no video track.")
        self.stream: Any = self.container.streams.video[0]
        self.stream.thread_type = "AUTO"
        self.finite = self.container.duration is not None
        self._decoded = self._frames()

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next frame; None at the end or when the stream broke."""
        frame = next(self._decoded, None)
        return None if frame is None else upright(frame)

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


def without_password(url: str) -> str:
    """Return the address without user name and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
