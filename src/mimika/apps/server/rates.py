"""How often an address may come, and how many bytes a second it may send on its streams."""

from __future__ import annotations

import time
from collections import OrderedDict


class _Buckets:
    """A token bucket for each address, in bounded memory."""

    def __init__(self, rate_hz: float, burst: float, most: int) -> None:
        self._rate_hz, self._burst, self._most = rate_hz, burst, most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def _left(self, address: str, now_s: float) -> float:
        left, then_s = self._buckets.get(address, (self._burst, now_s))
        return min(self._burst, left + (now_s - then_s) * self._rate_hz)

    def _keep(self, address: str, left: float, now_s: float) -> None:
        self._buckets[address] = left, now_s
        self._buckets.move_to_end(address)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


class RateLimit(_Buckets):
    """Which requests of an address are within its rate."""

    def __init__(self, rate_hz: float, *, burst_s: float = 2.0, most: int = 4096) -> None:
        """Begin.

        Args:
            rate_hz: requests a second.
            burst_s: so many seconds' requests may come at once.
            most: addresses that are remembered.
        """
        super().__init__(rate_hz, max(1.0, rate_hz * burst_s), most)

    def allows(self, address: str, now_s: float | None = None) -> bool:
        """Whether one more request from `address` is within the rate; counts it if so."""
        now_s = time.monotonic() if now_s is None else now_s
        left = self._left(address, now_s)
        allowed = left >= 1
        self._keep(address, left - 1 if allowed else left, now_s)
        return allowed


class Flow(_Buckets):
    """How long an address has to wait that sent bytes; what is more waits in the network."""

    def __init__(self, bytes_s: float, *, burst_s: float = 0.25, most: int = 4096) -> None:
        """Begin.

        Args:
            bytes_s: bytes a second.
            burst_s: so many seconds' bytes may come at once.
            most: addresses that are remembered.
        """
        super().__init__(bytes_s, bytes_s * burst_s, most)

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
        left = self._left(address, now_s) - count
        self._keep(address, left, now_s)
        return max(0.0, -left / self._rate_hz)
