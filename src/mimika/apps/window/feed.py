"""Frames for the window: the newest of a live source, or a film at its own pace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from mimika.sources.newest import NewestFrame

if TYPE_CHECKING:
    from mimika.sources.frame import Frame, Source

LATE_S = 0.25
IDLE_S = 0.03


class Feed(Protocol):
    """Gives frames without ever holding up the window for long."""

    @property
    def over(self) -> bool:
        """No frame will come any more."""

    @property
    def state(self) -> str:
        """What is waited for, "" while frames come."""

    def next(self) -> Frame | None:
        """The next frame, or None when there is none yet."""

    def shown_in_time(self, frame: Frame) -> bool:
        """Wait until the frame is due; False where it is too late to be worth drawing."""

    def restart(self) -> None:
        """Take the next frame as due: after a pause, or elsewhere in the film."""


class LiveFeed:
    """The newest frame of a camera or stream."""

    def __init__(self, source: NewestFrame) -> None:
        self._source = source

    @property
    def over(self) -> bool:
        """See `Feed`."""
        return self._source.over

    @property
    def state(self) -> str:
        """See `Feed`."""
        return self._source.state

    def next(self) -> Frame | None:
        """See `Feed`."""
        return self._source.wait(IDLE_S)

    def shown_in_time(self, frame: Frame) -> bool:  # noqa: ARG002
        """A live frame is always due."""
        return True

    def restart(self) -> None:
        """A live source goes on; its newest frame is always due."""


class FilmFeed:
    """A file's frames at the times that they bear.

    Where recognition is slower than the film, every frame is still seen, and some are not drawn.
    """

    state = ""

    def __init__(self, source: Source) -> None:
        self._frames = iter(source)
        self.over = False
        self._began: float | None = None

    def next(self) -> Frame | None:
        """See `Feed`."""
        frame = next(self._frames, None)
        self.over = frame is None
        return frame

    def shown_in_time(self, frame: Frame) -> bool:
        """See `Feed`."""
        now = time.monotonic()
        if self._began is None:
            self._began = now - frame.time_s
        early_s = self._began + frame.time_s - now
        if early_s > 0:
            time.sleep(min(early_s, 1.0))
        elif early_s < -LATE_S:
            # Far behind: let this one be seen and start counting anew, so that not all are late.
            self._began = now - frame.time_s
            return True
        return early_s > -1 / 60

    def restart(self) -> None:
        """See `Feed`."""
        self._began = None


def feed_of(source: Source) -> Feed:
    """Return the feed that suits a source."""
    return LiveFeed(source) if isinstance(source, NewestFrame) else FilmFeed(source)
