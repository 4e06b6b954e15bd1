"""What one address may have at once, and which addresses are refused for a while."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from mimika.apps.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MOST_REMEMBERED = 4096


class Turns:
    """A few at once for each address; its others wait their turn, and hold up nobody else's."""

    def __init__(self, each: int) -> None:
        """Let each address have `each` at once."""
        self._each = each
        self._open: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the block runs."""
        semaphore, users = self._open.setdefault(address, (asyncio.Semaphore(self._each), []))
        users.append(None)
        try:
            async with semaphore:
                yield
        finally:
            users.pop()
            if not users:
                del self._open[address]


class Places:
    """A number of places for each address."""

    def __init__(self, each: int) -> None:
        """Let each address have `each` places."""
        self._each = each
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, address: str) -> Iterator[bool]:
        """Take a place while the block runs; yields whether there was one."""
        free = self._taken[address] < self._each
        self._taken[address] += free
        try:
            yield free
        finally:
            self._taken[address] -= free
            if not self._taken[address]:
                del self._taken[address]


class Penalties:
    """Addresses that are refused for some seconds, in bounded memory."""

    def __init__(self, seconds: float) -> None:
        """Refuse for so many seconds."""
        self._seconds = seconds
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, address: str) -> None:
        """Refuse an address from now on."""
        self._until.pop(address, None)
        self._until[address] = time.monotonic() + self._seconds
        if len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)

    def check(self, address: str) -> None:
        """Let an address pass.

        Raises:
            Problem: 429, it is refused.
        """
        left_s = self._until.get(address, 0.0) - time.monotonic()
        if left_s > 0:
            raise Problem(
                429,
                "A picture from this address took more than a picture is given: wait before you "
                "send the next.",
                headers={"Retry-After": str(math.ceil(left_s))},
            )
        self._until.pop(address, None)
