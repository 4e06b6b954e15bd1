"""How much of the event loop one visitor may take: what it does for one, all others wait for.

Reading requests costs little for each byte that people send, and a hundred times as much for a body
of chunks of one byte, or a form of nothing but beginnings of boundaries. So the processor time of
the loop's thread is counted for each address, and who has had more than a share of it is read on a
little later.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mimika.apps.server.addresses import MOST_REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = 0.25
"""Of one processor, for one address."""

SLICE = 1 << 13
"""Bytes that are worked on in one go."""

SLICE_S = 0.001
"""About what a slice takes that takes long."""

BURST_S = 0.05
"""So much of it may come at once: a large photo takes a tenth."""


class LoopShares:
    """A bucket of processor seconds for each address, in bounded memory."""

    def __init__(self) -> None:
        """Begin with full buckets."""
        # When a bucket was emptied as far as it is now, if it had been filled at a steady rate.
        self._paid_s: OrderedDict[str, float] = OrderedDict()

    @contextmanager
    def spending(self, address: str) -> Iterator[None]:
        """Count what the block takes; it must not await anything."""
        began_s = time.thread_time()
        try:
            yield
        finally:
            self.spend(address, time.thread_time() - began_s)

    def spend(self, address: str, seconds: float) -> None:
        """Count processor seconds that were taken for an address."""
        now_s = time.monotonic()
        full_s = now_s - BURST_S / SHARE
        self._paid_s[address] = max(full_s, self._paid_s.pop(address, full_s)) + seconds / SHARE
        if len(self._paid_s) > MOST_REMEMBERED:
            self._paid_s.popitem(last=False)

    def delay_s(self, address: str) -> float:
        """Seconds after which the next slice for an address may be worked on; 0 for at once.

        Who has to wait has a time of its own, so that not all that wait come at the same moment.
        """
        wait_s = self._paid_s.get(address, 0.0) - time.monotonic()
        if wait_s <= 0:
            return 0.0
        self._paid_s[address] += SLICE_S / SHARE
        return wait_s


SHARES = LoopShares()
"""Those of this process, which has one event loop."""
