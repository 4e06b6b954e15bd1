"""`POST /v1/analyze`: the faces of one picture."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from mimika.apps.server.documents import picture_body, problem_responses
from mimika.apps.server.schemas import FRAME, reference
from mimika.apps.server.state import address_of, analysis_of
from mimika.apps.server.uploads import picture_bytes

router = APIRouter(tags=["pictures"])
RESULT = {
    "description": "The faces.",
    "content": {"application/json": {"schema": reference(FRAME)}},
}


@router.post(
    "/v1/analyze",
    operation_id="analyze",
    summary="The faces of one picture and their emotions",
    responses={**problem_responses(400, 408, 413, 415, 422, 503), 200: RESULT},
    openapi_extra={"requestBody": picture_body()},
)
async def analyze(request: Request) -> Response:
    """Send the picture as the body or in a form's field `file`: JPEG, PNG, WebP, AVIF, TIFF, GIF.

    BMP is read as well, and HEIC where the server has the `heic` extra.

    Faces come from left to right. The picture is analyzed in memory and not stored. The header
    `Server-Timing` says what it took.
    """
    analysis = analysis_of(request)
    analysis.admit(address_of(request))
    with analysis.held.place(address_of(request)) as place:
        data = await picture_bytes(request, place)
        answer = await analysis.picture(data, address_of(request))
    timing = ", ".join(
        f"{name.removesuffix('_ms')};dur={value}" for name, value in answer.timings().items()
    )
    return Response(
        json.dumps(answer.result.to_dict()),
        media_type="application/json",
        headers={"Server-Timing": timing},
    )
