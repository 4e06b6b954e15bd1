"""Who has the places for streams: enough addresses are needed to take all, and idle ones yield."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.apps.server.options import Limits

LATE_SHARE = 8
"""While half of all places are taken an address has an eighth of them at most."""


@dataclass(eq=False, slots=True)
class StreamPlace:
    """The place of one stream; to be made where an event loop runs.

    Attributes:
        address: who has it.
        frame_s: when its last frame was done with, by `time.monotonic`; before the first, when it
            was opened.
        working: a frame of it is in work.
        lost: done when another has the place.
    """

    address: str
    frame_s: float
    working: bool = False
    lost: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class StreamPlaces:
    """The places for streams of one worker."""

    def __init__(self, limits: Limits) -> None:
        """Begin with all of them free."""
        self._limits = limits
        self._open: list[StreamPlace] = []

    def __len__(self) -> int:
        return len(self._open)

    def enough(self, address: str) -> bool:
        """Whether an address has what one is given at the moment."""
        clients = self._limits.clients
        late = len(self) >= clients / 2
        most = clients // LATE_SHARE if late else min(self._limits.address_clients, clients // 2)
        return self._of(address) >= max(1, most)

    def full(self, address: str = "") -> bool:
        """Whether there is no place for an address, not even that of an idle stream."""
        return len(self) >= self._limits.clients and self._idle(address) is None

    @contextmanager
    def place(self, address: str) -> Iterator[StreamPlace]:
        """Have a place, of which there is one by `full`, while the block runs."""
        place = StreamPlace(address, time.monotonic())
        if len(self) >= self._limits.clients and (idle := self._idle(address)):
            idle.lost.set_result(None)
            self._open.remove(idle)
        self._open.append(place)
        try:
            yield place
        finally:
            if not place.lost.done():
                self._open.remove(place)

    def _idle(self, address: str) -> StreamPlace | None:
        """The stream that has sent nothing for longest, for an address that has none."""
        since_s = time.monotonic() - self._limits.yielding_s
        idle = [each for each in self._open if not each.working and each.frame_s <= since_s]
        if not idle or self._of(address):
            return None
        return min(idle, key=lambda each: each.frame_s)

    def _of(self, address: str) -> int:
        return sum(each.address == address for each in self._open)
