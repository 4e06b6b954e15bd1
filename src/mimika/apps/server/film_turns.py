"""Which film is next: nobody's films wait behind all of another's.

Self-clocked fair queueing, after S. J. Golestani, "A self-clocked fair queueing scheme for
broadband applications", 1994: each film has a number, the work that its address has had when it is
done, and the lowest is next. So an address waits for its own films before others do, a small film
goes before a large one, and a large one waits for hardly more work of others than it is itself.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class FilmTurns(Generic[T]):
    """The films that wait for one worker; safe to call from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, T]] = []
        self._last: dict[str, int] = {}
        self._done = self._current = 0

    def add(self, address: str, work: int, film: T) -> None:
        """Line a film up.

        Args:
            address: whose it is.
            work: how much it is, in any unit.
            film: what `take` returns when it is its turn.
        """
        with self._lock:
            end = max(self._done, self._last.get(address, 0)) + work
            self._last[address] = end
            self._waiting.append((end, film))

    def take(self) -> T:
        """The one that was taken before is done: take the next; of equal ones the first that came.

        Raises:
            ValueError: none waits.
        """
        with self._lock:
            turn = min(self._waiting, key=lambda each: each[0])
            self._waiting.remove(turn)
            self._done, self._current = self._current, turn[0]
            # Who has had no more than that counts like who has had nothing.
            self._last = {name: end for name, end in self._last.items() if end > self._done}
            return turn[1]
