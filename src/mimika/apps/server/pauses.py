"""Films give way: nobody waits for the next frame of one, and for a picture somebody does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# So a film keeps a quarter of its pace, however many pictures come.
MOST_SHARE = 3.0
LONGEST_S = 1.0


class Pauses:
    """The pauses of one film, between two of its frames."""

    def __init__(self, wait_until_idle: Callable[[float], None]) -> None:
        """Begin with the first frame.

        Args:
            wait_until_idle: returns when no picture is in work, or after so many seconds.
        """
        self._wait_until_idle = wait_until_idle
        self._since_s = time.monotonic()

    def pause(self) -> None:
        """Wait while pictures are in work, at most three times as long as the last frame took."""
        took_s = time.monotonic() - self._since_s
        self._wait_until_idle(min(LONGEST_S, MOST_SHARE * took_s))
        self._since_s = time.monotonic()
