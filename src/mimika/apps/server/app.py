"""Puts the application together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware

from mimika.apps.server import (
    routes_batch,
    routes_page,
    routes_pictures,
    routes_service,
    routes_stream,
    routes_videos,
)
from mimika.apps.server.analysis import Analysis
from mimika.apps.server.count import Count
from mimika.apps.server.examples import add_examples
from mimika.apps.server.guard import Guard, add_security_scheme
from mimika.apps.server.jobs import Jobs
from mimika.apps.server.metrics import Metrics
from mimika.apps.server.problems import Documented, add_handlers
from mimika.apps.server.process import give_back_all_memory, give_back_memory
from mimika.apps.server.schemas import ProblemShape, result_schemas
from mimika.apps.server.spool import open_spool
from mimika.apps.server.state import State
from mimika.apps.server.webhook import Webhooks
from mimika.base.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from mimika.apps.server.options import ServerOptions

ROUTERS = (
    routes_pictures.router,
    routes_batch.router,
    routes_videos.router,
    routes_stream.router,
    routes_service.router,
)
SWEEP_EVERY_S = 30.0
# Streams and photos come without an end at which what they took could be given back.
TRIM_EVERY_S = 3.0
DESCRIPTION = """Faces and their emotions in pictures, videos and camera streams.

Errors are problem documents (RFC 9457). `WS /v1/stream` takes a camera's frames: see
docs/server.md. Pictures are analyzed in memory and never stored; a video is removed as soon as it
is analyzed."""


def load(options: ServerOptions) -> State:
    """Load the networks before the application starts, so that what is wrong is a plain error.

    Raises:
        ModelError: a model is missing or unusable.
        UsageError: there is no such detector or engine.
        DeviceError: the engine asked for cannot run here.
    """
    metrics = Metrics()
    return State(options, metrics, Analysis(options.settings, options.limits, metrics))


def build(options: ServerOptions, state: State | None = None) -> ASGIApp:
    """Return the application.

    Args:
        options: how it is run. Without a `spool` it makes one of its own.
        state: from `load`; without it the networks are loaded when the application starts.
    """
    state = state or State(options, Metrics())
    metrics = state.metrics
    app = FastAPI(
        title="Mimika",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lambda _: _running(state),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # To a whole address, which behind a proxy with https would begin with http.
        redirect_slashes=False,
    )
    app.state.mimika = state
    for router in ROUTERS:
        app.include_router(router)
    routes_page.add_to(app)
    add_handlers(app, ROUTERS)
    app.openapi = lambda: _document(app, options)  # type: ignore[method-assign]
    wrapped: ASGIApp = Guard(app, options, metrics)
    if options.origins:
        wrapped = CORSMiddleware(
            wrapped,
            allow_origins=options.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Location", "Server-Timing", "Retry-After"],
        )
    return Count(Documented(wrapped), metrics)


@asynccontextmanager
async def _running(state: State) -> AsyncIterator[None]:
    options = state.options
    own = None if options.spool else open_spool()
    spool = options.spool or own.__enter__()  # type: ignore[union-attr]
    try:
        if state.analysis is None:
            state.analysis = await asyncio.to_thread(
                Analysis, options.settings, options.limits, state.metrics
            )
        webhooks = await asyncio.to_thread(Webhooks, options.webhooks)
        state.jobs = Jobs(spool / "jobs", state.analysis, options.limits, state.metrics, webhooks)
        sweeping = asyncio.create_task(_sweep(state.jobs))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.to_thread(state.jobs.close)
            await asyncio.to_thread(state.analysis.close)
    finally:
        if own is not None:
            own.__exit__(None, None, None)


async def _sweep(jobs: Jobs) -> None:
    while True:
        for _ in range(round(SWEEP_EVERY_S / TRIM_EVERY_S)):
            await asyncio.sleep(TRIM_EVERY_S)
            await asyncio.to_thread(give_back_memory)
        await asyncio.to_thread(jobs.sweep)
        await asyncio.to_thread(give_back_all_memory)


def _document(app: FastAPI, options: ServerOptions) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas[ProblemShape.__name__] = ProblemShape.model_json_schema()
        schemas.update(result_schemas())
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        add_examples(document)
        if options.token:
            add_security_scheme(document)
        app.openapi_schema = document
    return app.openapi_schema
