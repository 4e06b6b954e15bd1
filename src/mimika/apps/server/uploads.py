"""The one file of a request, from its body or from a form."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mimika.apps.server.forms import form_events
from mimika.apps.server.problems import Problem, overloaded, too_many
from mimika.apps.server.spool import need_room
from mimika.base.files import output_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request

FORM = "multipart/form-data"
COMPRESSED = frozenset({"br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"})
NO_FILE = "The form has no file: send one in the field `file`, or the bytes as the body."
ONE_FILE = "The form has several files: send one, or several to /v1/batch."


class Held:
    """Bytes of pictures that are held in memory until they are analyzed, by all requests."""

    def __init__(self, most_bytes: int, most_each: int) -> None:
        """Begin with none.

        Args:
            most_bytes: of all addresses together.
            most_each: of one address.
        """
        self._most, self._most_each, self.bytes = most_bytes, most_each, 0
        self._of: Counter[str] = Counter()

    @contextmanager
    def place(self, address: str) -> Iterator[Place]:
        """The share of a request from an address, given back when the block ends."""
        place = Place(self, address)
        try:
            yield place
        finally:
            place.give_back()

    def take(self, address: str, size: int) -> None:
        """Count `size` bytes in.

        Raises:
            Problem: 503, there is no room; 429, the address has its share.
        """
        if self._of[address] + size > self._most_each:
            raise too_many("Your other pictures fill the memory that an address is given")
        if self.bytes + size > self._most:
            raise overloaded("Pictures of others fill the memory for them")
        self.bytes += size
        self._of[address] += size

    def give_back(self, address: str, size: int) -> None:
        """Count `size` bytes out."""
        self.bytes -= size
        self._of[address] -= size
        if not self._of[address]:
            del self._of[address]


class Place:
    """One request's share of `Held`."""

    def __init__(self, held: Held, address: str) -> None:
        """Begin with none."""
        self._held, self._address, self._bytes = held, address, 0

    def take(self, size: int) -> None:
        """Count `size` bytes in; see `Held.take`."""
        self._held.take(self._address, size)
        self._bytes += size

    def give_back(self) -> None:
        """Free what was taken."""
        self._held.give_back(self._address, self._bytes)
        self._bytes = 0


async def picture_bytes(request: Request, place: Place) -> bytes:
    """Read the picture of a request into memory.

    Raises:
        Problem: there is none, the body is of another kind, or others fill the memory.
    """
    data = bytearray()
    async for chunk in _content(request, "image/"):
        place.take(len(chunk))
        data += chunk
    if not data:
        raise Problem(422, "The picture is empty: send its bytes as the body, or a form.")
    return bytes(data)


async def save_video(request: Request, path: Path, received: Callable[[int], None]) -> None:
    """Write the video of a request to `path`; `received` is told of bytes as they come.

    Raises:
        Problem: there is none, or the body is of another kind.
        OutputError: the disk is full.
    """
    content = _content(request, "video/", "image/gif")
    declared = request.headers.get("content-length", "")
    need_room(path.parent, int(declared) if declared.isdigit() else 0)
    if await _write(path, content, received) == 0:
        raise Problem(422, "The video is empty: send its bytes as the body, or a form.")


def kind_of(request: Request, *allowed: str) -> str:
    """The body's media type.

    Raises:
        Problem: 415, it is none of the allowed, or compressed.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding in COMPRESSED:
        raise Problem(415, f"A body that is compressed ({coding}) is not taken: send it as it is.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "application/octet-stream", FORM) or kind.startswith(allowed):
        return kind
    raise Problem(
        415,
        f"A body of type {kind[:60]} is not taken: send {allowed[0]}*, application/octet-stream "
        f"or {FORM}.",
    )


async def _content(request: Request, *allowed: str) -> AsyncIterator[bytes]:
    if kind_of(request, *allowed) != FORM:
        async for chunk in request.stream():
            yield chunk
        return
    files = 0
    async for event in form_events(request):
        if isinstance(event, bytes):
            yield event
        elif event is not None:
            files += 1
            if files > 1:
                raise Problem(422, ONE_FILE)
    if files == 0:
        raise Problem(422, NO_FILE)


async def _write(path: Path, chunks: AsyncIterator[bytes], received: Callable[[int], None]) -> int:
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                received(len(chunk))
                await asyncio.to_thread(file.write, chunk)
    except OSError as error:
        raise output_error(path, error) from error
    return size
