"""What one address may have at once, and what is remembered of it for a while."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict, deque
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MOST_REMEMBERED = 4096
# What one customer of a network is given (RFC 6177): he has all addresses of it.
PREFIX_BITS = 64


@lru_cache(MOST_REMEMBERED)
def visitor_of(host: str) -> str:
    """By what a caller is counted: an address, of IPv6 the network of 2^64 that it belongs to."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address) or address.is_link_local:
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), PREFIX_BITS), strict=False))


class Turns:
    """A few at once of all, and of each address; who has least in work is next.

    So a crowd from one address waits for itself, and holds up nobody else.
    """

    def __init__(self, each: int, total: int | None = None) -> None:
        """Begin with none.

        Args:
            each: at once for one address.
            total: at once for all; None for any number.
        """
        self._each, self._total = each, total
        self._working: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the block runs."""
        call = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(call)
        self._let_in()
        try:
            await call
        except asyncio.CancelledError:
            if not call.cancelled():  # its turn came just then
                self._leave(address)
            raise
        try:
            yield
        finally:
            self._leave(address)

    def _leave(self, address: str) -> None:
        self._working[address] -= 1
        if not self._working[address]:
            del self._working[address]
        self._let_in()

    def _let_in(self) -> None:
        while self._total is None or self._working.total() < self._total:
            free = [each for each in self._waiting if self._working[each] < self._each]
            if not free:
                return
            address = min(free, key=self._working.__getitem__)
            # Its others wait behind those of addresses that have as few.
            calls = self._waiting.pop(address)
            call = calls.popleft()
            if calls:
                self._waiting[address] = calls
            if not call.done():
                self._working[address] += 1
                call.set_result(None)


class Places:
    """A number of places for each address."""

    def __init__(self, each: int) -> None:
        """Let each address have `each` places."""
        self._each = each
        self._taken: Counter[str] = Counter()

    def full(self, address: str) -> bool:
        """Whether an address has all its places."""
        return self._taken[address] >= self._each

    @contextmanager
    def place(self, address: str) -> Iterator[bool]:
        """Take a place while the block runs; yields whether there was one."""
        free = not self.full(address)
        self._taken[address] += free
        try:
            yield free
        finally:
            self._taken[address] -= free
            if not self._taken[address]:
                del self._taken[address]


class Remembered:
    """Addresses that are remembered for some seconds, in bounded memory."""

    def __init__(self, seconds: float) -> None:
        """Remember for so many seconds."""
        self._seconds = seconds
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, address: str) -> None:
        """Remember an address from now on."""
        self._until.pop(address, None)
        self._until[address] = time.monotonic() + self._seconds
        if len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)

    def left_s(self, address: str) -> float:
        """Seconds for which an address is still remembered; 0 where it is not."""
        left_s = self._until.get(address, 0.0) - time.monotonic()
        if left_s <= 0:
            self._until.pop(address, None)
        return max(0.0, left_s)
