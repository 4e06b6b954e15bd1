"""What runs here and how it is: the model's card, health, readiness, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from mimika.apps import page
from mimika.apps.server.documents import file_response, problem_responses
from mimika.apps.server.problems import overloaded
from mimika.apps.server.schemas import CardShape, FieldsShape, HealthShape, ReadyShape
from mimika.apps.server.state import analysis_of, state_of
from mimika.labels.emotions import UNCERTAIN, color

router = APIRouter(tags=["service"])
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/v1/model",
    operation_id="get_model",
    summary="The model's card",
    response_model=CardShape,
    responses=problem_responses(),
)
async def model(request: Request) -> Response:
    """What the model says of itself: labels, training data, figures, license; and what runs it."""
    recognizer = analysis_of(request).recognizer
    labels = dict.fromkeys((*recognizer.card.labels, UNCERTAIN))
    colors = {label: "#%02x%02x%02x" % color(label) for label in labels}  # noqa: UP031
    return JSONResponse(
        {**recognizer.card.to_dict(), "engine": recognizer.engine, "colors": colors}
    )


@router.get(
    "/v1/fields",
    operation_id="get_fields",
    summary="What results hold",
    response_model=FieldsShape,
    responses=problem_responses(),
)
async def fields(request: Request) -> Response:
    """The fields of a frame and of a face as this model fills them, and their columns."""
    return JSONResponse(page.fields(analysis_of(request).recognizer.schema))


@router.get(
    "/healthz",
    operation_id="get_health",
    summary="Whether the process lives",
    response_model=HealthShape,
    responses=problem_responses(token=False),
)
async def health() -> Response:
    """Answers as long as the process does."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Whether more work is welcome",
    response_model=ReadyShape,
    responses=problem_responses(503, token=False),
)
async def ready(request: Request) -> Response:
    """503 while a queue is full: a load balancer sends new clients elsewhere."""
    state, limits = state_of(request), state_of(request).options.limits
    if state.analysis is None or state.jobs is None:
        raise overloaded("The networks are not loaded yet")
    if problem := state.busy():
        raise problem
    if state.analysis.waiting >= limits.waiting:
        raise overloaded(f"{state.analysis.waiting} pictures are waiting already")
    if state.jobs.waiting >= limits.jobs:
        raise overloaded(f"{state.jobs.waiting} videos are waiting already")
    return JSONResponse(
        {
            "status": "ok",
            "streams": {"used": state.streams, "most": limits.clients},
            "pictures": {"used": state.analysis.waiting, "most": limits.waiting},
            "videos": {"used": state.jobs.waiting, "most": limits.jobs},
        }
    )


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={**problem_responses(), 200: file_response("text/plain")},
)
async def metrics(request: Request) -> Response:
    """Requests, faces, latency, queue, streams, videos, batches, the process."""
    state = state_of(request)
    if state.analysis is not None:
        state.metrics.measure(state.analysis.recognizer.card.name, state.analysis.recognizer.engine)
    return Response(state.metrics.text(), media_type=PROMETHEUS)
