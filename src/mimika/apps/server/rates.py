"""How often an address may come."""

from __future__ import annotations

import time
from collections import OrderedDict


class RateLimit:
    """A token bucket for each address, in bounded memory."""

    def __init__(self, rate_hz: float, *, burst_s: float = 2.0, most: int = 4096) -> None:
        """Begin.

        Args:
            rate_hz: requests a second.
            burst_s: so many seconds' requests may come at once.
            most: addresses that are remembered.
        """
        self._rate_hz, self._burst, self._most = rate_hz, max(1.0, rate_hz * burst_s), most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now_s: float | None = None) -> bool:
        """Whether one more request from `address` is within the rate; counts it if so."""
        now_s = time.monotonic() if now_s is None else now_s
        left, then_s = self._buckets.pop(address, (self._burst, now_s))
        left = min(self._burst, left + (now_s - then_s) * self._rate_hz)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now_s)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return allowed
