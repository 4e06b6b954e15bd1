"""Reading what clients send, so that what is costly for one holds up no other: for protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.apps.server.addresses import visitor_of
from mimika.apps.server.loop_shares import SHARES, SLICE

if TYPE_CHECKING:
    import asyncio


class Sliced:
    """Takes bytes a slice at a time, and those of a visitor with more than its share later.

    So a flood is noticed before all of it was worked on.

    Attributes:
        waiting: until the next bytes may be worked on; None where they may at once.
    """

    config: Any
    client: tuple[str, int] | None
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _later: bytes = b""
    waiting: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self.waiting is not None:
            self._later += data
            self.transport.pause_reading()
            return
        self._work(data)

    def _work(self, data: bytes, *, at_once: bool = False) -> None:
        """Take bytes until they are for another protocol, or have to wait.

        Args:
            data: the bytes.
            at_once: the first slice has waited already.
        """
        visitor = self.visitor()
        for start in range(0, len(data), SLICE):
            if self.transport.is_closing():
                return
            if successor := self.successor():
                successor.data_received(data[start:])
                return
            waits = visitor and not (at_once and start == 0)
            if waits and (delay_s := SHARES.delay_s(visitor)):
                self._later = data[start:]
                self.waiting = self.loop.call_later(delay_s, self._go_on)
                self.transport.pause_reading()
                return
            with SHARES.spending(visitor):
                self.take(data[start : start + SLICE])

    def take(self, part: bytes) -> None:
        """Work on some bytes."""
        super().data_received(part)  # type: ignore[misc]

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        if self.waiting is not None:
            self.waiting.cancel()
        super().connection_lost(exc)  # type: ignore[misc]

    def visitor(self) -> str:
        """Who sends; "" for a proxy, behind which are many."""
        host = self.client[0] if self.client else ""
        return "" if host in self.config.proxies else visitor_of(host)

    def _go_on(self) -> None:
        self.waiting, later, self._later = None, self._later, b""
        self._work(later, at_once=True)
        if self.waiting is None and not self.has_enough():
            self.transport.resume_reading()

    def successor(self) -> Any:
        """The protocol that the connection has changed to; None where it has not."""
        return None

    def has_enough(self) -> bool:
        """Whether the application has not taken what came before."""
        raise NotImplementedError
