"""Errors on the wire: problem documents (RFC 9457), one sentence each."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from mimika.base.errors import InputError, MimikaError, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import APIRouter, FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
NO_MEMORY_S = 10.0
NO_THREAD = "can't start new thread"
"""What Python says where the system has no room for one."""

PLAIN = "text/plain"
WORDS = {
    404: "There is nothing at this address: see /openapi.json.",
    405: "This address does not take this method: see /openapi.json.",
    416: "The file has no such part: ask for one within its length.",
}


class Problem(HTTPException):
    """A request that cannot be answered; becomes a problem document."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Describe it.

        Args:
            status: HTTP status.
            detail: one sentence that says what is wrong and what to do next.
            headers: further headers, such as Retry-After.
        """
        super().__init__(status, detail, dict(headers or {}))


def overloaded(what: str, wait_s: float = 0.0) -> Problem:
    """The server has enough to do: 503 with Retry-After.

    Args:
        what: why, in a sentence without its end.
        wait_s: seconds after which it is worth to try again, where that is known.
    """
    seconds = max(RETRY_AFTER_S, math.ceil(wait_s))
    when = f"in {seconds} second{'s' if seconds > 1 else ''}" if wait_s else "in a moment"
    return Problem(503, f"{what}: try again {when}.", headers={"Retry-After": str(seconds)})


def too_many(what: str) -> Problem:
    """An address has what one is given: 429 with Retry-After."""
    return Problem(
        429,
        f"{what}: send this one when they are answered.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def document(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """A problem document as JSON-ready values."""
    title = phrase(status)
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


def phrase(status: int) -> str:
    """The usual words of a status."""
    return HTTPStatus(status).phrase


def response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document as a response."""
    body = json.dumps(document(status, detail, **more), ensure_ascii=False)
    return Response(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


class Documented:
    """ASGI middleware that turns errors which libraries answer as plain text into documents.

    Starlette answers so to a range of a file that it cannot read, and to calls of pages of other
    sites.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self._app(scope, receive, _documented(send) if scope["type"] == "http" else send)


def _documented(send: Send) -> Send:
    begun: Message | None = None
    text = b""

    async def sending(message: Message) -> None:
        nonlocal begun, text
        if message["type"] == "http.response.start" and message["status"] >= 400:
            begun = message if _is_plain(message) else None
            if begun:
                return
        if begun is None or message["type"] != "http.response.body":
            await send(message)
            return
        text += message.get("body", b"")
        if message.get("more_body"):
            return
        status = begun["status"]
        words = WORDS.get(status) or f"The request cannot be answered: {text.decode()}."
        answer = response(status, words)
        headers = MutableHeaders(raw=begun["headers"])
        headers.update(answer.headers)
        begun = None
        await send({"type": "http.response.start", "status": status, "headers": headers.raw})
        await send({"type": "http.response.body", "body": answer.body})

    return sending


def _is_plain(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(PLAIN)


def methods_of(request: Request, routers: Sequence[APIRouter]) -> list[str]:
    """All methods that a request's address takes, of all its routes."""
    methods: set[str] = set()
    for route in (route for router in routers for route in router.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= set(getattr(route, "methods", None) or ())
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def add_handlers(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Turn every error of an application with these routers into a problem document."""

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = error.detail if isinstance(error, Problem) else WORDS.get(error.status_code)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(methods_of(request, routers))
        return response(error.status_code, detail or str(error.detail), headers)

    async def mimika(_: Request, error: Exception) -> Response:
        # What is wrong with an upload is the caller's to mend; the rest is the server's.
        if isinstance(error, OutputError):
            return response(507, "The server's disk is full: try again later.")
        return response(422 if isinstance(error, InputError) else 500, str(error))

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"][1:])
        return response(422, f"{where}: {first['msg']}.")

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it

    async def no_memory(_: Request, error: Exception) -> Response:
        if not isinstance(error, MemoryError) and NO_THREAD not in str(error):
            raise error
        problem = overloaded("The server has no memory left", NO_MEMORY_S)
        return response(problem.status_code, problem.detail, problem.headers)

    async def unexpected(_: Request, __: Exception) -> Response:
        return response(500, "The server failed at this request; its log says where.")

    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(MimikaError, mimika)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(MemoryError, no_memory)
    app.add_exception_handler(RuntimeError, no_memory)
    app.add_exception_handler(Exception, unexpected)
