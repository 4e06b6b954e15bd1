"""How long the last answers took."""

from __future__ import annotations

import statistics
import time
from collections import deque

KEPT = 100
RECENT_S = 5.0


class Answers:
    """The last answers' times; by them the server finds how many streams it can serve."""

    def __init__(self) -> None:
        self._last: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """Note an answer that took so long."""
        self._last.append((time.monotonic(), seconds))

    def median_s(self) -> float:
        """Median of the last five seconds; 0 where there was no answer."""
        since = time.monotonic() - RECENT_S
        return statistics.median([took for at, took in self._last if at > since] or [0.0])
