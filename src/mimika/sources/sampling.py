"""Which frames of a stream are looked at: every n-th, or at most one in so many seconds."""

from __future__ import annotations

import math

from mimika.sources.ranges import SAME_S


class Sampling:
    """Tells of one frame after the other whether it is looked at.

    The first one is. The time to the next one counts from the frame that was looked at itself:
    after a gap nothing is made up for.
    """

    def __init__(self, frames: int = 1, seconds: float = 0.0) -> None:
        """Begin.

        Args:
            frames: every so many frames one is looked at, from 1; only where `seconds` is 0.
            seconds: at most one frame in so much time is looked at; 0.0 counts frames instead.
        """
        self._frames, self._seconds = frames, seconds
        self.reset()

    @property
    def leaves_out(self) -> bool:
        """Whether there may be frames that are not looked at."""
        return self._seconds > 0 or self._frames > 1

    def reset(self) -> None:
        """Begin anew, as before a new film."""
        self._count, self._due_s = 0, -math.inf

    def takes(self, time_s: float) -> bool:
        """Whether the next frame is looked at; a time that goes back begins anew.

        Args:
            time_s: the frame's time in seconds.
        """
        self._count += 1
        if self._seconds <= 0:
            return (self._count - 1) % self._frames == 0
        due = time_s >= self._due_s - SAME_S or time_s < self._due_s - self._seconds - SAME_S
        if due:
            self._due_s = time_s + self._seconds
        return due
