"""Streams that are not measured yet: what they ask for is not in the answers' times so far."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

# By then a stream's frames are among the answers by which the server knows how busy it is.
MEASURED_ANSWERS = 5
MOST_IN_LINE, OWN_IN_LINE = 32, 4
# Who is next is looked for by each in line.
LOOK_S = 0.1


@dataclass(eq=False, slots=True)
class Newcomer:
    """A stream that was taken lately, or waits until it is.

    Attributes:
        address: who opened it.
        since_s: when its client's turn came: it was opened, or its last frame was done with.
        silent_s: how long its client has taken for its turns before that.
        working: a frame of it is in work.
        answers: frames of it that were answered.
    """

    address: str
    since_s: float = 0.0
    silent_s: float = 0.0
    working: bool = False
    answers: int = 0

    def left_s(self, seconds: float, now_s: float) -> float:
        """Seconds until a client that sends nothing has used its time."""
        return seconds - self.silent_s - (0.0 if self.working else now_s - self.since_s)


class Newcomers:
    """Takes streams one after another, so that not all come before one is measured.

    One for each processor, of one address; and one more for the others. Who has fewest is next.
    """

    def __init__(self, each: int, seconds: float, patience_s: float) -> None:
        """Begin with none.

        Args:
            each: streams of one address that may be new at once.
            seconds: a stream is new no longer when its client has been silent for this long, all
                its silences together: else a few that send little would keep out all others.
            patience_s: how long a stream waits in line.
        """
        self._each, self._seconds, self._patience_s = each, seconds, patience_s
        self._new: list[Newcomer] = []
        self._line: list[Newcomer] = []

    async def join(self, address: str) -> Newcomer | None:
        """Wait until one more stream of an address is taken; None where that takes long."""
        own = sum(each.address == address for each in self._line)
        if len(self._line) >= MOST_IN_LINE or own >= OWN_IN_LINE:
            return None
        newcomer, until_s = Newcomer(address), time.monotonic() + self._patience_s
        self._line.append(newcomer)
        try:
            while self._next() is not newcomer:
                if time.monotonic() >= until_s:
                    return None
                await asyncio.sleep(LOOK_S)
        finally:
            self._line.remove(newcomer)
        newcomer.since_s = time.monotonic()
        self._new.append(newcomer)
        return newcomer

    def wait_s(self, address: str) -> float:
        """Seconds until one more stream of an address is taken; 0 where it is at once."""
        now_s = time.monotonic()
        left = {each: each.left_s(self._seconds, now_s) for each in self._new}
        self._new = [each for each in self._new if left[each] > 0]
        own = [each for each in self._new if each.address == address]
        for new, most in ((own, self._each), (self._new, self._each + 1)):
            if len(new) >= most:
                return min(left[each] for each in new)
        return 0.0

    def asked(self, newcomer: Newcomer) -> None:
        """A frame of it came; how long that takes is not known yet."""
        newcomer.silent_s += time.monotonic() - newcomer.since_s
        newcomer.working = True

    def done(self, newcomer: Newcomer, *, answered: bool) -> None:
        """A frame of it was answered, or refused."""
        newcomer.since_s, newcomer.working = time.monotonic(), False
        newcomer.answers += answered
        if newcomer.answers == MEASURED_ANSWERS:
            self.leave(newcomer)

    def leave(self, newcomer: Newcomer) -> None:
        """It is measured, or has ended."""
        if newcomer in self._new:
            self._new.remove(newcomer)

    def _next(self) -> Newcomer | None:
        """Of those in line that may be taken, the first of an address with the fewest new ones."""
        free = [each for each in self._line if not self.wait_s(each.address)]
        return min(free, key=self._count, default=None)

    def _count(self, newcomer: Newcomer) -> int:
        return sum(each.address == newcomer.address for each in self._new)
