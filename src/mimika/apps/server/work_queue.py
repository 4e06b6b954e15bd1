"""Who may have how many videos, and when there will be a place."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.apps.server.problems import Problem, overloaded

if TYPE_CHECKING:
    from mimika.apps.server.options import Limits

FIRST_GUESS_HZ = 30e6
"""Pixels a second before anything was measured: frames of 1280x720 at about 30 a second."""

LONGEST_WAIT_S = 3600
LOST_S = 60.0
SMOOTHING = 0.02


@dataclass(eq=False, slots=True)
class Ticket:
    """A place in the queue.

    Attributes:
        address: who has it.
        work: pixels of all frames of its video; 0 until that is known.
        done: pixels that were analyzed.
        received: bytes of the video so far.
        since_s: when the place was taken.
        coming: the video is still being sent.
        lost: it was too slow in coming, and another has the place.
    """

    address: str
    work: int = 0
    done: int = 0
    begun_s: float = 0.0
    received: int = 0
    since_s: float = 0.0
    coming: bool = True
    lost: bool = False

    def receive(self, size: int) -> None:
        """Count bytes of the video that came.

        Raises:
            Problem: 503, another has the place.
        """
        self.received += size
        if self.lost:
            raise overloaded("Your video came so slowly that another got its place", LOST_S)


class WorkQueue:
    """The unfinished videos of a worker."""

    def __init__(self, limits: Limits) -> None:
        """Begin with none."""
        self._limits = limits
        self._tickets: list[Ticket] = []
        self._rate_hz = FIRST_GUESS_HZ
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tickets)

    def reserve(self, address: str) -> Ticket:
        """Take a place.

        Raises:
            Problem: 503, there is none; 429, the address has its share.
        """
        with self._lock:
            if len(self._tickets) >= self._limits.jobs and not self._free_one(address):
                raise self._refused(503, f"{len(self._tickets)} videos are waiting already")
            # The last half is for those who have none.
            half = len(self._tickets) >= self._limits.jobs / 2
            if self._of(address) >= (1 if half else self._limits.address_jobs):
                raise self._refused(429, "Your other videos are not done")
            ticket = Ticket(address, since_s=time.monotonic())
            self._tickets.append(ticket)
            return ticket

    def arrived(self, ticket: Ticket) -> None:
        """All of a video is here; from now on its place is its own.

        Raises:
            Problem: 503, another has the place.
        """
        with self._lock:
            ticket.receive(0)
            ticket.coming = False

    def declare(self, ticket: Ticket, work: int) -> None:
        """Say how much work a video is.

        Raises:
            Problem: 429, with the address' others it is more than one address may ask for.
        """
        with self._lock:
            others = sum(t.work for t in self._tickets if t.address == ticket.address)
            if others + work > self._limits.video_work:
                raise self._refused(429, "Your other videos are too much work with this one")
            ticket.work = work

    def work_done(self, ticket: Ticket, pixels: int) -> int:
        """Count a frame; all of the video's until now."""
        now_s = time.monotonic()
        if ticket.done:
            rate_hz = pixels / max(1e-6, now_s - ticket.begun_s)
            self._rate_hz += SMOOTHING * (rate_hz - self._rate_hz)
        ticket.begun_s = now_s
        ticket.done += pixels
        return ticket.done

    def release(self, ticket: Ticket) -> None:
        """Give a place back."""
        with self._lock:
            if ticket in self._tickets:
                self._tickets.remove(ticket)

    def wait_s(self) -> int:
        """Seconds until the first of the videos is done, by how fast the last frames went."""
        left = [max(0, ticket.work - ticket.done) for ticket in self._tickets if ticket.work]
        return min(LONGEST_WAIT_S, max(1, math.ceil(min(left, default=0) / self._rate_hz)))

    def _free_one(self, address: str) -> bool:
        """Take the place of a video that hardly comes, for an address that has none."""
        if self._of(address):
            return False
        now_s = time.monotonic()
        slow = [
            ticket
            for ticket in self._tickets
            if ticket.coming
            and now_s - ticket.since_s > self._limits.stalled_s
            and ticket.received < (now_s - ticket.since_s) * self._limits.yielding_bytes_s
        ]
        if not slow:
            return False
        slowest = min(slow, key=lambda ticket: ticket.received / (now_s - ticket.since_s))
        slowest.lost = True
        self._tickets.remove(slowest)
        return True

    def _of(self, address: str) -> int:
        return sum(ticket.address == address for ticket in self._tickets)

    def _refused(self, status: int, what: str) -> Problem:
        wait_s = self.wait_s()
        return Problem(
            status,
            f"{what}: try again in {wait_s} second{'s' if wait_s > 1 else ''}.",
            headers={"Retry-After": str(wait_s)},
        )
