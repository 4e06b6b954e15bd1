"""How many bytes a second an address may send on its streams; what is more waits in the network."""

from __future__ import annotations

import time
from collections import OrderedDict


class Flow:
    """A token bucket of bytes for each address, in bounded memory, which may be overdrawn."""

    def __init__(self, bytes_s: float, *, burst_s: float = 0.25, most: int = 4096) -> None:
        """Begin.

        Args:
            bytes_s: bytes a second.
            burst_s: so many seconds' bytes may come at once.
            most: addresses that are remembered.
        """
        self._bytes_s, self._burst, self._most = bytes_s, bytes_s * burst_s, most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, count: int, now_s: float | None = None) -> float:
        """Take in bytes of an address.

        Args:
            address: who sent them.
            count: how many.
            now_s: the time, of `time.monotonic`.

        Returns:
            Seconds for which no more should be read from it.
        """
        now_s = time.monotonic() if now_s is None else now_s
        left, then_s = self._buckets.pop(address, (self._burst, now_s))
        left = min(self._burst, left + (now_s - then_s) * self._bytes_s) - count
        self._buckets[address] = left, now_s
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return max(0.0, -left / self._bytes_s)
