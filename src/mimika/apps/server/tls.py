"""Connections with TLS are counted before their handshake, which costs a processor more than most.

The protocol of uvicorn hears of a connection only after it. So what an address has too many of is
closed as soon as it is accepted, without an answer: that would need a handshake, too.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from mimika.apps.server.addresses import visitor_of
from mimika.apps.server.rates import RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mimika.apps.server.options import Limits

HANDSHAKE_S = 10.0
"""How long a client may take for a handshake; as `mimika.apps.server.connections.SILENT_S`."""

# What select() can watch there, but for a few.
MOST_ON_WINDOWS = 480
# Connections that are closed in one go, before others are served again.
CLOSED_AT_ONCE = 64


class TLSLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers count connections as soon as they are accepted."""

    def __init__(self, limits: Limits, proxies: Collection[str]) -> None:
        """Make the loop.

        Args:
            limits: what the server takes on.
            proxies: addresses that many clients share.
        """
        super().__init__()
        self._limits, self._proxies = limits, proxies

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], *, sock: socket.socket, **rest: Any
    ) -> asyncio.Server:
        """Serve at a socket that listens; see `asyncio.loop.create_server`."""
        listener = Listener(sock, self._limits, self._proxies)
        if rest.get("ssl"):
            rest.setdefault("ssl_handshake_timeout", HANDSHAKE_S)
        return await super().create_server(protocol_factory, sock=listener, **rest)


class Listener(socket.socket):
    """A socket that listens, and closes at once the connections that are too many."""

    def __init__(self, sock: socket.socket, limits: Limits, proxies: Collection[str]) -> None:
        """Listen beside `sock`, which stays open."""
        super().__init__(sock.family, sock.type, sock.proto, fileno=socket.dup(sock.fileno()))
        self._limits, self._proxies = limits, proxies
        self._most = limits.connections
        if sys.platform == "win32":
            self._most = min(self._most, MOST_ON_WINDOWS)
        self._rates = RateLimit(limits.rate_hz)
        self._open: Counter[str] = Counter()

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next connection that may be taken; see `socket.socket.accept`.

        Raises:
            BlockingIOError: there is none at the moment.
        """
        for _ in range(CLOSED_AT_ONCE):
            connection, address = super().accept()
            host = str(address[0])
            if self._takes(host):
                return _Counted(connection, self._open, visitor_of(host)), address
            connection.close()
        raise BlockingIOError

    def _takes(self, host: str) -> bool:
        if self._open.total() >= self._most:
            return False
        if host in self._proxies:
            return True
        visitor = visitor_of(host)
        return self._open[visitor] < self._limits.address_connections and self._rates.allows(
            visitor
        )


class _Counted(socket.socket):
    """A connection that is counted as long as it is open."""

    def __init__(self, connection: socket.socket, counted: Counter[str], visitor: str) -> None:
        super().__init__(
            connection.family, connection.type, connection.proto, fileno=connection.detach()
        )
        self._counted, self._visitor = counted, visitor
        counted[visitor] += 1

    def close(self) -> None:
        """Close it; see `socket.socket.close`."""
        if self._visitor:
            self._counted[self._visitor] -= 1
            if not self._counted[self._visitor]:
                del self._counted[self._visitor]
            self._visitor = ""
        super().close()
