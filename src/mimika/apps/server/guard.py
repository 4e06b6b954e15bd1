"""What every request passes before it is read: host, origin, token, rate, size, pace, headers."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from mimika.apps import page
from mimika.apps.server import problems
from mimika.apps.server.addresses import visitor_of
from mimika.apps.server.options import is_loopback
from mimika.apps.server.pace import paced
from mimika.apps.server.problems import Problem
from mimika.apps.server.rates import RateLimit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mimika.apps.server.metrics import Metrics
    from mimika.apps.server.options import ServerOptions

SUBPROTOCOL = "mimika.v1"
TOKEN_PREFIX = "mimika.token."
VIDEOS, BATCH = "/v1/videos", "/v1/batch"
HEAD_ONLY = "mimika.head_only"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
GUARDED = ("/v1/", "/metrics")
# Host as RFC 3986 has it, without the names that are written in other than ASCII.
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
# Each part of a file that is asked for costs a look for it; players ask for one.
MOST_RANGES = 4
RANGE = re.compile(rb"bytes=[0-9, \t-]+", re.IGNORECASE)
HEADERS = {
    "Content-Security-Policy": f"{page.POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    **page.HEADERS,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, options: ServerOptions, metrics: Metrics) -> None:
        """Wrap `app`."""
        self._app, self._options, self._metrics = app, options, metrics
        self._rates = RateLimit(options.limits.rate_hz)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = _with_headers(send, cross_origin=bool(self._options.origins))
        try:
            self._check(scope)
        except Problem as problem:
            self._metrics.refused.labels(str(problem.status_code)).inc()
            answer = problems.response(problem.status_code, problem.detail, problem.headers)
            # What is still being sent is not read.
            if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
                answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        if scope["type"] == "http":
            limits = self._options.limits
            larger = {VIDEOS: limits.video_bytes, BATCH: limits.batch_bytes}
            most = larger.get(path_of(scope), limits.picture_bytes)
            receive = paced(receive, scope, most, limits)
        scope["headers"] = _without_odd_ranges(scope["headers"])
        inner = scope
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # What can be got can be asked for its head; uvicorn sends no body then.
            inner = {**scope, "method": "GET", HEAD_ONLY: True}
        await self._app(inner, receive, send)
        scope["route"] = inner.get("route")

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        client = visitor_of(scope["client"][0]) if scope.get("client") else ""
        if not self._rates.allows(client):
            raise Problem(
                429,
                f"More than {self._options.limits.rate_hz:g} requests a second came from this "
                "address: slow down.",
                headers={"Retry-After": str(problems.RETRY_AFTER_S)},
            )
        hosts = headers.getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        self._check_host(host)
        if scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS:
            self._check_origin(headers.get("origin"), host)
        if self._options.token and path_of(scope).startswith(GUARDED):
            preflight = scope["type"] == "http" and scope["method"] == "OPTIONS"
            if not preflight:
                self._check_token(scope, headers)

    def _check_host(self, host: str) -> None:
        if host and not HOST.fullmatch(host):
            raise Problem(400, "The header Host is no address: send a valid one.")
        # A foreign name that leads to this machine (DNS rebinding) must not reach it.
        if not self._options.local:
            return
        name = urlsplit(f"//{host}").hostname or ""
        if not is_loopback(name) and name not in self._options.hosts:
            raise Problem(
                421, "The server is not known by this name: start it with --allow-host NAME."
            )

    def _check_origin(self, origin: str | None, host: str) -> None:
        # Programs send none; a browser always tells which page is calling.
        if origin is None or origin in self._options.origins:
            return
        if _origin_host(origin) != host or not host:
            raise Problem(
                403, "Pages of another site may not call this server: start it with --origin SITE."
            )

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        shown = ""
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            shown = value.strip()
        elif scope["type"] == "websocket":
            # A browser cannot set headers on a WebSocket; a query would end up in logs.
            for offered in scope["subprotocols"]:
                if offered.startswith(TOKEN_PREFIX):
                    shown = offered.removeprefix(TOKEN_PREFIX)
        if not hmac.compare_digest(shown.encode(), self._options.token.encode()):
            raise Problem(
                401,
                "The token is missing or wrong: send the one that the server printed, as "
                "Authorization: Bearer TOKEN.",
                headers={"WWW-Authenticate": "Bearer"},
            )


def path_of(scope: Scope) -> str:
    """The path below the server's root, which a proxy may have put under another path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _origin_host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        raise Problem(400, "The header Origin is no address: send a valid one.") from None


def _without_odd_ranges(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Who asks for many parts of a file, or in other units, gets all of it (RFC 9110, 14.2)."""
    return [
        (name, value)
        for name, value in headers
        if name != b"range" or (RANGE.fullmatch(value) and value.count(b",") < MOST_RANGES)
    ]


def _with_headers(send: Send, *, cross_origin: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if cross_origin:
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        await send(message)

    return sending


def add_security_scheme(document: dict[str, Any]) -> None:
    """Say in an OpenAPI document that a token is asked for."""
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["token"] = {"type": "http", "scheme": "bearer"}
    for path, operations in document["paths"].items():
        if path.startswith(GUARDED):
            for operation in operations.values():
                operation["security"] = [{"token": []}]
