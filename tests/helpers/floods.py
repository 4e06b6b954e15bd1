"""What one visitor sends without end, from many connections; for scripts/attack_server.py."""

from __future__ import annotations

import json
import selectors
from pathlib import Path

from helpers import attacks

HEAD = b"Host: 127.0.0.1\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HEAD
PHOTO = Path(__file__).parents[1] / "media_files" / "obama.jpg"
LONG_TEXT = '{"time_s": 1, "x": [' + "1," * (2 << 20)
LONG_TEXT = LONG_TEXT[: (4 << 20) - 8].rstrip(",") + ",1]}"
RANGES = b",".join(b"%d-%d" % (3 * i, 3 * i + 1) for i in range(99))

REQUESTS = {
    "heads of 16,000 headers": HEALTH + b"a:\r\n" * 16_000 + b"\r\n",
    "addresses of 60 kB": b"POST /v1/videos?" + b"a&" * 30_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "requests over the rate, ahead of answers": (HEALTH + b"\r\n") * 8,
    "requests that are no HTTP": b"nonsense\r\n\r\n",
    "HTTP/1.0, a connection each": b"GET /metrics HTTP/1.0\r\n" + HEAD + b"\r\n",
    "99 parts of a film": b"GET /page/sample.mp4 HTTP/1.1\r\nRange: bytes=" + RANGES + b"\r\n"
    b"Host: 127.0.0.1\r\n\r\n",
    "WebSockets that never open": b"GET /v1/stream HTTP/1.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\na: " + b"b" * 9000 + b"\r\n" + HEAD + b"\r\n",
}

POST = b"POST /v1/analyze HTTP/1.1\r\n" + HEAD


def form(data: bytes) -> bytes:
    """A form whose only part is not the file, and holds this."""
    part = b'--boundary\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n'
    body = part + data + b"\r\n--boundary--\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=boundary\r\n"
    return POST + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body


BODIES = {
    "bodies of one byte a chunk": POST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"1\r\nx\r\n" * 30_000
    + b"0\r\n\r\n",
    "forms of beginnings of boundaries": form(b"\r\n--boundar" * 30_000),
}


def frame(code: int, data: bytes) -> bytes:
    """A frame of a WebSocket, as a client sends it."""
    length = len(data)
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 1 << 16:
        size = b"\xfe" + length.to_bytes(2, "big")
    else:
        size = b"\xff" + length.to_bytes(8, "big")
    return bytes([0x80 | code]) + size + bytes(4) + data


STREAMS = {
    "streams of resets": frame(1, b'{"reset": true}') * 100,
    "streams of times, resets and summaries": frame(
        1, b'{"time_s": 1, "reset": true, "summary": true}'
    )
    * 100,
    "streams of texts of 4 MB": frame(1, LONG_TEXT.encode()),
    "streams of photos of 4 MB, ahead": frame(
        2, PHOTO.read_bytes() + bytes((4 << 20) - PHOTO.stat().st_size)
    ),
    "summaries while times jump": frame(1, b'{"summary": true}')
    + b"".join(
        frame(1, json.dumps({"time_s": time_s}).encode()) + frame(2, PHOTO.read_bytes())
        for time_s in (0.0, 43_000.0, 43_000.5)
    )
    + frame(1, b'{"summary": true}'),
}


BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE


class Crowd:
    """Connections that each send the same again and again, and pass over what comes back."""

    def __init__(self, port, address, request, count, *, streams=False):
        self._port, self._address, self._request = port, address, request
        self._count, self._streams = count, streams
        self._all = selectors.DefaultSelector()

    def send(self):
        """Send what can be sent at once; how many bytes came back."""
        while len(self._all.get_map()) < self._count:
            connection = self._open()
            if connection is None:
                break
            connection.setblocking(False)
            # A stream waits in line until it is opened.
            data = bytearray(b"" if self._streams else self._request)
            self._all.register(connection, BOTH if data else selectors.EVENT_READ, data)
        return sum(self._serve(key, ready) for key, ready in self._all.select(0.1))

    def leave(self):
        """Close all connections."""
        for key in list(self._all.get_map().values()):
            self._close(key.fileobj)

    def _open(self):
        try:
            if self._streams:
                return attacks.opening_socket(self._port, self._address)
            return attacks.connected(self._port, self._address)
        except OSError:
            return None

    def _serve(self, key, ready):
        came = 0
        try:
            if ready & selectors.EVENT_READ:
                came = len(key.fileobj.recv(1 << 18))
                if not came:
                    raise ConnectionResetError
                if not key.data:
                    key.data.extend(self._request)
                    self._all.modify(key.fileobj, BOTH, key.data)
            if ready & selectors.EVENT_WRITE:
                del key.data[: key.fileobj.send(key.data)]
                if not key.data:
                    key.data.extend(self._request)
        except (TimeoutError, BlockingIOError):
            pass
        except OSError:
            self._close(key.fileobj)
        return came

    def _close(self, connection):
        self._all.unregister(connection)
        connection.close()
