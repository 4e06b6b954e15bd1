"""Connections that are too many, too slow or too chatty, below the application.

uvicorn has a limit of connections and a time for idle ones, and neither knows a request's head that
never ends, a client with all the connections, or a WebSocket of nothing but pings. A proxy in front
(deploy/) may hold the same; these hold without one.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from mimika.apps.server import problems
from mimika.apps.server.addresses import visitor_of
from mimika.apps.server.reading import Sliced
from mimika.apps.server.tls import TLSLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from mimika.apps.server.options import Limits
    from mimika.apps.server.rates import Flow

SILENT_S = 10.0
MOST_HEAD_BYTES = 1 << 15
MOST_HEADERS = 128
MOST_TARGET_BYTES = 1 << 13
# Chunked bodies carry their chunks' lengths; one byte a chunk takes six.
MOST_OVERHEAD = 8
ENDING = "mimika.ending"
# Requests on one connection that wait for the answer before them; browsers send none ahead.
MOST_AHEAD = 8
CHATTY_EVENTS, CHATTY_S = 600, 2.0
POLICY_VIOLATION = 1008
NO_HTTP = problems.Problem(400, "The request is not HTTP that can be understood.")
LONG_TARGET = problems.Problem(414, "The address is too long: send what is long as the body.")
MANY_HEADERS = problems.Problem(431, f"The request has more than {MOST_HEADERS} headers.")


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration with Mimika's limits.

    Attributes:
        limits: what the server takes on.
        flow: what each address sends on its streams.
        proxies: addresses that many clients share.
    """

    limits: Limits
    flow: Flow
    proxies: tuple[str, ...] = ()

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """What makes the event loop; see `tls.py`."""
        if self.is_ssl:
            return partial(TLSLoop, self.limits, self.proxies)
        return super().get_loop_factory()


class _Unread:
    """Ends a connection whose client does not take what it asked for.

    `pause_writing` has to be called as soon as anything waits: `set_write_buffer_limits(high=1)`.
    """

    config: Any
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client takes nothing at the moment."""
        if self._unread is None:
            wait_s = self.config.limits.stalled_s
            self._unread = self.loop.call_later(wait_s, self.drop)
        super().pause_writing()  # type: ignore[misc]

    def resume_writing(self) -> None:
        """The client took all there was."""
        self._taken()
        super().resume_writing()  # type: ignore[misc]

    def drop(self) -> None:
        """End the connection at once: closing would wait for the client."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._taken()
        super().connection_lost(exc)  # type: ignore[misc]

    def _taken(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class GuardedProtocol(_Unread, Sliced, HttpToolsProtocol):
    """HTTP/1.1 with a time and a size for each request's head, and places for each address.

    The time runs whenever a connection has begun to send and no request of it is being answered;
    what a request needs beside its body is bounded too (heads, trailers, lengths of chunks, the
    number of headers, the address), and so are requests that are sent ahead of answers.
    """

    config: GuardedConfig

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_concurrency = None
        self._silence: asyncio.TimerHandle | None = None
        self._answering = False
        self._received = self._body = 0
        self._refusal = NO_HTTP
        self._unanswered: deque[RequestResponseCycle] = deque()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or turn it away."""
        super().connection_made(transport)
        # With 0 a transport of TLS would take an empty buffer for a full one.
        transport.set_write_buffer_limits(high=1, low=0)
        limits = self.config.limits
        host = self.client[0] if self.client else ""
        if len(self.connections) > limits.connections:
            self._refuse(problems.overloaded("Too many connections are open"))
        elif host not in self.config.proxies and self._of(host) > limits.address_connections:
            self._refuse(problems.overloaded("Too many connections are open from this address"))
        else:
            self._listen()

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if not self._answering:
            self._listen()
        super().data_received(data)

    def take(self, part: bytes) -> None:
        """Work on some bytes; what is more than a request may have beside its body is given up."""
        self._received += len(part)
        super().take(part)
        if self._received > MOST_HEAD_BYTES + MOST_OVERHEAD * self._body:
            self.transport.close()

    def successor(self) -> Any:
        """The WebSocket that the connection has become; None where it has not."""
        protocol = self.transport.get_protocol()
        return None if protocol is self else protocol

    def has_enough(self) -> bool:
        """Whether the application has not taken what came before."""
        return self.flow.read_paused

    def on_message_begin(self) -> None:
        """A request begins."""
        self._received = self._body = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of a request's address is here."""
        super().on_url(url)
        if len(self.url) > MOST_TARGET_BYTES:
            self._stop(LONG_TARGET)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is here."""
        # Before it is kept: each takes far more memory than its bytes.
        if len(self.headers) >= MOST_HEADERS:
            self._stop(MANY_HEADERS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A request's head is here."""
        if len(self.pipeline) >= MOST_AHEAD:
            self.drop()
            return
        self._answering = True
        self._hush()
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not None and self.cycle is not before:
            self._unanswered.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """A part of a body is here."""
        self._body += len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        """A request is answered."""
        self._unanswered.popleft()
        self._answering = bool(self.pipeline)
        super().on_response_complete()

    def drop(self) -> None:
        """End the connection at once; what is still being answered is written nowhere."""
        self._leave_unanswered()
        super().drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._hush()
        self._leave_unanswered()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends: a body that is still coming is not waited for."""
        if self.cycle is not None and not self.cycle.response_complete and self.cycle.more_body:
            self.cycle.scope[ENDING] = True  # type: ignore[literal-required]
            self.cycle.message_event.set()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or more of it than is taken."""
        del msg
        if self._answering:
            # An answer is under way, and must not be cut by another.
            self.drop()
        else:
            self._write(self._refusal)

    def _stop(self, refusal: problems.Problem) -> None:
        """Let the parser give up, which answers with `refusal`."""
        self._refusal = refusal
        raise ValueError(refusal.detail)

    def _of(self, host: str) -> int:
        visitor = visitor_of(host)
        clients = (getattr(each, "client", None) for each in self.connections)
        return sum(client is not None and visitor_of(client[0]) == visitor for client in clients)

    def _refuse(self, problem: problems.Problem) -> None:
        self._write(problem)

    def _write(self, problem: problems.Problem) -> None:
        answer = problems.response(problem.status_code, problem.detail, problem.headers)
        head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
        line = f"HTTP/1.1 {problem.status_code} {problems.phrase(problem.status_code)}\r\n".encode()
        self.transport.write(line + b"connection: close\r\n" + head + b"\r\n" + bytes(answer.body))
        self.transport.close()

    def _leave_unanswered(self) -> None:
        # uvicorn knows of the last request alone, which need not be the one that is being answered.
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()

    def _listen(self) -> None:
        if self._silence is None:
            self._silence = self.loop.call_later(SILENT_S, self._give_up)

    def _hush(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _give_up(self) -> None:
        self._silence = None
        self.transport.close()


class GuardedSocket(_Unread, Sliced, WebSocketsSansIOProtocol):
    """A WebSocket whose handshake has a time, and with a limit of frames and of bytes.

    So pings, fragments and large messages cost nobody else anything.

    A client may send 600 frames in two seconds, whichever kind: a camera sends 60 pictures. More
    bytes than an address may send in a second are not read before their time.
    """

    config: GuardedConfig

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._events, self._since = 0, self.loop.time()
        self._opening: asyncio.TimerHandle | None = None
        self._held: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake, which has a time."""
        super().connection_made(transport)
        self._opening = self.loop.call_later(SILENT_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        for timer in (self._opening, self._held):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        super().data_received(data)
        self._hold(len(data))

    def take(self, part: bytes) -> None:
        """Work on some bytes."""
        super().take(part)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # No handshake can follow what was no request, and uvicorn would read on for ever.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    async def receive(self) -> Any:
        """Give the application the next message, after which reading may go on."""
        message = await super().receive()
        if self._held is not None and not self.transport.is_closing():
            self.transport.pause_reading()
        return message

    def has_enough(self) -> bool:
        """Whether the application has not taken what came before, or the address sent its share."""
        return self.read_paused or self._held is not None

    def handle_events(self) -> None:
        """Take frames, and count them."""
        events = self.conn.events_received()
        if self.handshake_complete and self._chatty(len(events)):
            self.conn.fail(POLICY_VIOLATION, "too many frames")
            self.handle_parser_exception()
            return
        self.conn.events.extend(events)
        super().handle_events()
        # The parser holds its last frame until it has the next one, megabytes that were handed on.
        for event in events:
            if isinstance(event, Frame):
                event.data = b""

    def _hold(self, count: int) -> None:
        if self.transport.is_closing():
            return
        # An address that many share has no share of its own; each of its connections has one.
        wait_s = self.config.flow.take(self.visitor() or str(id(self)), count)
        if wait_s:
            self.transport.pause_reading()
            self._held = self._held or self.loop.call_later(wait_s, self._read_on)

    def _read_on(self) -> None:
        self._held = None
        if not self.read_paused and self.waiting is None and not self.transport.is_closing():
            self.transport.resume_reading()

    def _give_up(self) -> None:
        self._opening = None
        if not self.handshake_complete:
            self.drop()

    def _chatty(self, more: int) -> bool:
        now = self.loop.time()
        if now - self._since > CHATTY_S:
            self._events, self._since = 0, now
        self._events += more
        return self._events > CHATTY_EVENTS
