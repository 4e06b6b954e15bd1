"""Bodies that are too large or come too slowly are given up while they are read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from mimika.apps.server.connections import ENDING
from mimika.apps.server.options import MIB
from mimika.apps.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

    from mimika.apps.server.options import Limits

CLOSE = {"Connection": "close"}
AGAIN = {**CLOSE, "Retry-After": "5"}


def paced(receive: Receive, scope: Scope, most_bytes: int, limits: Limits) -> Receive:
    """Hold a request's body to its limits.

    Args:
        receive: gives the body's parts.
        scope: the request's.
        most_bytes: largest body.
        limits: how slow a sender may be.

    Returns:
        A `receive` that raises `Problem` (413, 408) where the body breaks them, and 503 where the
        server ends before the body does.
    """
    began = time.monotonic()
    declared = Headers(scope=scope).get("content-length", "")
    oversized = declared.isdigit() and int(declared) > most_bytes
    taken, ended = 0, False

    async def receiving() -> Message:
        nonlocal taken, ended
        # After the body only the end of the connection comes, and that may take its time.
        if ended:
            return await receive()
        if oversized:
            raise too_large(most_bytes)
        try:
            message = await asyncio.wait_for(receive(), limits.stalled_s)
        except asyncio.TimeoutError:
            raise Problem(408, "The body stopped coming: send it again.", headers=CLOSE) from None
        if scope.get(ENDING):
            raise Problem(503, "The server ends: send it again to another.", headers=AGAIN)
        if message["type"] != "http.request":
            return message
        taken += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        if taken > most_bytes:
            raise too_large(most_bytes)
        passed_s = time.monotonic() - began
        if not ended and passed_s > limits.stalled_s and taken < passed_s * limits.slowest_bytes_s:
            raise Problem(408, "The body comes too slowly: send it again.", headers=CLOSE)
        return message

    return receiving


def too_large(most_bytes: int) -> Problem:
    """A body over the limit: 413."""
    return Problem(
        413,
        f"The body is larger than {most_bytes / MIB:.4g} MiB: send a smaller file.",
        headers=CLOSE,
    )
