"""Live sources never lag: a thread reads, and only the newest frame is kept.

A source that fails is waited for with growing pauses and taken up again; meanwhile `state` says so
in words for the window, and `wait` lets a window stay responsive.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from mimika.sources._base import BaseSource
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.orientation import turned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mimika.sources.rotation import Turn

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
STALLED_S = 2.0


class Capture(Protocol):
    """Something that gives frames as they come; used by one thread."""

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next frame, (H, W, 3) uint8 BGR; None when it failed."""

    def close(self) -> None:
        """Free the device; also while another thread waits in `read`, where that is possible."""


class NewestFrame(BaseSource):
    """A live source over a `Capture` that can be opened again; see `mimika.sources.frame.Source`.

    Attributes:
        state: "" while frames come, else what is waited for, in words for a person.
        reopened: how many times the source was taken up again.
    """

    def __init__(
        self,
        info: SourceInfo,
        capture: Capture,
        reopen: Callable[[], Capture],
        *,
        ends: bool = False,
        turn: Turn = 0,
        stalled_s: float = STALLED_S,
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        """Begin to read.

        Args:
            info: what is known of the source.
            capture: the open source.
            reopen: opens it again; raises an exception while it is away.
            ends: a failed read is the end of the source, as of a finite stream.
            turn: degrees by which frames are turned clockwise: 0, 90, 180 or 270.
            stalled_s: seconds without a frame after which `state` says that it is waited for.
            first_pause_s: pause before the first try to open it again; doubled each time.
            longest_pause_s: the pauses do not grow beyond this.
        """
        if turn in {90, 270}:
            info = replace(info, width=info.height, height=info.width)
        super().__init__(replace(info, turn=turn))
        self.reopened = 0
        self._turn = turn
        self._capture = capture
        self._reopen = reopen
        self._ends = ends
        self._stalled_s = stalled_s
        self._pauses_s = (first_pause_s, longest_pause_s)
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._trouble = ""
        self._over = False
        self._stop = threading.Event()
        self._began = self._came = time.monotonic()
        self._thread = threading.Thread(target=self._read_on, name=f"read {info.name}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        """What is waited for, "" while frames come."""
        if self._trouble:
            return self._trouble
        if time.monotonic() - self._came > self._stalled_s and not self._over:
            return f"{self.info.name} does not answer, waiting …"
        return ""

    def wait(self, timeout_s: float) -> Frame | None:
        """Take the newest frame that was not taken yet.

        Args:
            timeout_s: how long to wait for one, in seconds.

        Returns:
            The frame; None when none came in time, or none will come any more (`over`).
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._newest is not None or self._over or self.closed, timeout_s
            )
            frame, self._newest = self._newest, None
            return frame

    @property
    def over(self) -> bool:
        """Whether no further frame will come."""
        return self.closed or (self._over and self._newest is None)

    def _frames(self) -> Iterator[Frame]:
        while not self.over:
            frame = self.wait(0.5)
            if frame is not None:
                yield frame

    def _read_on(self) -> None:
        index = 0
        while not self._stop.is_set():
            image = self._capture.read()
            if self._stop.is_set():
                break
            if image is None:
                if self._ends or not self._take_up_again():
                    break
                continue
            now = time.monotonic()
            with self._changed:
                if self._newest is not None:
                    self.dropped += 1
                self._newest = Frame(turned(image, self._turn), now - self._began, index)
                self._came, self._trouble = now, ""
                self._changed.notify_all()
            index += 1
        self._capture.close()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _take_up_again(self) -> bool:
        """Open the source again, with growing pauses, until it answers or is closed."""
        self._trouble = f"{self.info.name} stopped, waiting for it to come back …"
        self._capture.close()
        pause_s, longest_s = self._pauses_s
        while not self._stop.wait(pause_s):
            pause_s = min(pause_s * 2, longest_s)
            try:
                self._capture = self._reopen()
            except Exception as error:  # noqa: BLE001 - whatever the driver raises: it is not back
                self._trouble = f"{self.info.name} is away ({error}); trying again …"
                continue
            self.reopened += 1
            times = f"{self.reopened} time{'s' if self.reopened > 1 else ''}"
            self._note("reopened", f"{self.info.name} stopped and was taken up again {times}.")
            return True
        return False

    def _free(self) -> None:
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout=5.0)
        if self._thread.is_alive():
            # The driver is stuck in a read; closing the device ends that.
            self._capture.close()
            self._thread.join(timeout=5.0)
