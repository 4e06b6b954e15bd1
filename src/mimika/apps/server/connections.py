"""Connections that are too many, or that never say what they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mimika.apps.server import problems

if TYPE_CHECKING:
    import asyncio

SILENT_S = 10.0
MOST_HEAD_BYTES = 1 << 16


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that turns connections away over `limit_concurrency`, and silent ones after 10 s.

    uvicorn itself answers only when a request is complete, so a client that sends its headers byte
    by byte, or nothing, would hold a connection for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._silence: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or turn it away."""
        super().connection_made(transport)
        if self._most is not None and len(self.connections) > self._most:
            problem = problems.overloaded("Too many connections are open")
            answer = problems.response(503, problem.detail, problem.headers)
            head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            line = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n"
            transport.write(line + head + b"\r\n" + bytes(answer.body))
            transport.close()
            return
        self._silence = self.loop.call_later(SILENT_S, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that does not end is given up."""
        super().data_received(data)
        if self._silence is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self.transport.close()

    def on_headers_complete(self) -> None:
        """The first request's head is here."""
        self._hush()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._hush()
        super().connection_lost(exc)

    def _hush(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _give_up(self) -> None:
        self._silence = None
        self.transport.close()
