"""Streams that are not measured yet: what they ask for is not in the answers' times so far."""

from __future__ import annotations

import time
from dataclasses import dataclass

# By then a stream's frames are among the answers by which the server knows how busy it is.
MEASURED_ANSWERS = 5


@dataclass(eq=False, slots=True)
class Newcomer:
    """A stream that was taken lately.

    Attributes:
        address: who opened it.
        since_s: when it was opened or last sent or got anything, by `time.monotonic`.
        answers: frames of it that were answered.
    """

    address: str
    since_s: float
    answers: int = 0


class Newcomers:
    """Takes streams one after another, so that not all come before one is measured.

    One for each processor, of one address; and one more for the others.
    """

    def __init__(self, each: int, seconds: float) -> None:
        """Begin with none.

        Args:
            each: streams of one address that may be new at once.
            seconds: a stream that does nothing is new no longer than this.
        """
        self._each, self._seconds = each, seconds
        self._new: list[Newcomer] = []

    def wait_s(self, address: str) -> float:
        """Seconds until one more stream of an address is taken; 0 where it is at once."""
        now_s = time.monotonic()
        self._new = [each for each in self._new if now_s - each.since_s < self._seconds]
        own = [each for each in self._new if each.address == address]
        for new, most in ((own, self._each), (self._new, self._each + 1)):
            if len(new) >= most:
                return min(each.since_s for each in new) + self._seconds - now_s
        return 0.0

    def join(self, address: str) -> Newcomer:
        """A stream was taken."""
        newcomer = Newcomer(address, time.monotonic())
        self._new.append(newcomer)
        return newcomer

    def asked(self, newcomer: Newcomer) -> None:
        """A frame of it came; how long that takes is not known yet."""
        newcomer.since_s = time.monotonic()

    def answered(self, newcomer: Newcomer) -> None:
        """A frame of it was answered."""
        newcomer.since_s = time.monotonic()
        newcomer.answers += 1
        if newcomer.answers == MEASURED_ANSWERS:
            self.leave(newcomer)

    def leave(self, newcomer: Newcomer) -> None:
        """It is measured, or has ended."""
        if newcomer in self._new:
            self._new.remove(newcomer)
