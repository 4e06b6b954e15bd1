"""`POST /v1/batch`: the faces of several pictures in one request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from mimika.apps.server import problems
from mimika.apps.server.documents import BINARY, problem_responses
from mimika.apps.server.forms import form_events
from mimika.apps.server.problems import Problem
from mimika.apps.server.schemas import batch_schema
from mimika.apps.server.state import address_of, analysis_of, state_of
from mimika.apps.server.uploads import FORM, NO_FILE, kind_of
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from mimika.apps.server.analysis import Analysis

router = APIRouter(tags=["pictures"])
FILES = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": BINARY, "description": "The pictures."}},
}


@router.post(
    "/v1/batch",
    operation_id="analyze_batch",
    summary="The faces of several pictures",
    responses={
        **problem_responses(400, 408, 413, 415, 422, 503),
        200: {
            "description": "A result or a problem for each picture, in their order.",
            "content": {"application/json": {"schema": batch_schema()}},
        },
    },
    openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": FILES}}}},
)
async def analyze_batch(request: Request) -> Response:
    """Send a form with several fields `file`; each picture is analyzed as it comes.

    A picture that cannot be read has a problem in its place, and the others their results.
    """
    if kind_of(request) != FORM:
        raise Problem(415, f"Several pictures are sent as a form: {FORM}.")
    analysis, limits = analysis_of(request), state_of(request).options.limits
    results: list[dict[str, Any]] = []
    name, data = "", bytearray()
    with analysis.held.place(address_of(request)) as place:
        async for event in form_events(request, most_parts=limits.batch_pictures):
            if isinstance(event, str):
                name, data = event, bytearray()
            elif event is not None:
                place.take(len(event))
                data += event
                if len(data) > limits.picture_bytes:
                    raise Problem(413, f"{name[:80]} is larger than a picture may be: scale it.")
            else:
                results.append(await _one(analysis, name, bytes(data), address_of(request)))
                place.give_back()
                data = bytearray()
    if not results:
        raise Problem(422, NO_FILE)
    return Response(json.dumps({"results": results}), media_type="application/json")


async def _one(analysis: Analysis, name: str, data: bytes, address: str) -> dict[str, Any]:
    try:
        if not data:
            raise InputError("The picture is empty: send its bytes.")
        answer = await analysis.picture(data, address)
    except (InputError, Problem) as error:
        status = error.status_code if isinstance(error, Problem) else 422
        detail = error.detail if isinstance(error, Problem) else str(error)
        return {"name": name, "problem": problems.document(status, detail)}
    return {"name": name, "result": answer.result.to_dict()}
