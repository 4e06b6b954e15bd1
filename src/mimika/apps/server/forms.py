"""Files in a form (multipart/form-data, RFC 7578), read as they come; nothing goes to the disk.

Starlette's own reader spools a file over a megabyte to a temporary one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import ParseError
from python_multipart.multipart import parse_options_header

from mimika.apps.server.loop_shares import SHARES, SLICE
from mimika.apps.server.problems import Problem
from mimika.apps.server.state import address_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

FIELD = b"file"
MOST_PARTS = 64
MOST_HEAD_BYTES = 8192
MOST_BOUNDARY_BYTES = 70  # RFC 2046, section 5.1.1

Event = str | bytes | None
"""A file begins (its name), bytes of it, its end."""


class FormReader:
    """Splits a form's bytes into the files of its field `file`; other fields are passed over."""

    def __init__(self, content_type: str, *, most_parts: int = MOST_PARTS) -> None:
        """Begin.

        Args:
            content_type: the request's header.
            most_parts: parts that a form may have.

        Raises:
            Problem: it names no boundary.
        """
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= MOST_BOUNDARY_BYTES:
            raise Problem(422, "The form has no boundary in its Content-Type: send it as a form.")
        self._events: list[Event] = []
        self._name, self._value, self._head_bytes = b"", b"", 0
        self._disposition, self._parts, self._wanted = b"", 0, False
        self._most_parts, self._ended = most_parts, False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._field,
                "on_header_value": self._header,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._form_end,
            },
        )

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes, and return what they hold.

        Raises:
            Problem: it is no form, or one with too many or too long parts.
        """
        try:
            self._parser.write(data)
        except (ParseError, ValueError, IndexError) as error:
            raise Problem(422, "The form is damaged: send the file as the body instead.") from error
        if self._head_bytes > MOST_HEAD_BYTES:
            raise Problem(422, "A part of the form has too long a header: send the file alone.")
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """The body has ended.

        Raises:
            Problem: the form has not.
        """
        if not self._ended:
            raise Problem(422, "The form is cut off: send it again.")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > self._most_parts:
            raise Problem(422, f"The form has more than {self._most_parts} parts: send fewer.")
        self._disposition, self._head_bytes, self._wanted = b"", 0, False

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._head_bytes += end - start

    def _header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._head_bytes += end - start

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._wanted = options.get(b"name") == FIELD and b"filename" in options
        if self._wanted:
            self._events.append(options[b"filename"].decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._events.append(data[start:end])

    def _end(self) -> None:
        if self._wanted:
            self._events.append(None)

    def _form_end(self) -> None:
        self._ended = True


async def form_events(request: Request, *, most_parts: int = MOST_PARTS) -> AsyncIterator[Event]:
    """Yield what a request's form holds, as it comes.

    Raises:
        Problem: it is no form, or is cut off.
    """
    reader = FormReader(request.headers.get("content-type", ""), most_parts=most_parts)
    visitor = address_of(request)
    async for chunk in request.stream():
        for start in range(0, len(chunk), SLICE):
            if delay_s := SHARES.delay_s(visitor):
                await asyncio.sleep(delay_s)
            with SHARES.spending(visitor):
                events = reader.feed(chunk[start : start + SLICE])
            for event in events:
                yield event
    reader.close()
