"""`/v1/videos`: videos as jobs, with progress, results and an end."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Path, Request
from starlette.responses import FileResponse, JSONResponse, Response

from mimika.apps.server.documents import file_response, problem_responses, video_body
from mimika.apps.server.downloads import downloads
from mimika.apps.server.jobs import Job
from mimika.apps.server.schemas import JobShape
from mimika.apps.server.state import address_of, jobs_of, state_of
from mimika.apps.server.uploads import save_video
from mimika.apps.server.webhook import check_webhook
from mimika.sinks.table import SinkKind

router = APIRouter(tags=["videos"])


@router.post(
    "/v1/videos",
    operation_id="submit_video",
    summary="Send a video to be analysed",
    status_code=202,
    response_model=JobShape,
    responses=problem_responses(400, 403, 408, 413, 415, 422, 503, 507),
    openapi_extra={"requestBody": video_body()},
)
async def submit(request: Request, lang: Literal["en", "ru"] = "en", webhook: str = "") -> Response:
    """Send the video as the body or in a form's field `file`: MP4, MOV, WebM, MKV, AVI, MPEG, GIF.

    The answer is a job: ask for it at the address in `Location` until it is done. The video is
    removed as soon as it is analysed; the results after an hour, or when the job is deleted.
    `lang` is the language of the words in the annotated film. `webhook` is an address to which the
    finished job is sent (POST), if the server allows it.
    """
    jobs = jobs_of(request)
    check_webhook(webhook, state_of(request).options.webhooks)
    ticket = jobs.reserve(address_of(request))
    try:
        name, path = jobs.create()
        try:
            await save_video(request, path)
            job = await asyncio.to_thread(jobs.submit, name, ticket, lang, webhook)
        except BaseException:
            jobs.discard(name)
            raise
    except BaseException:
        jobs.release(ticket)
        raise
    return JSONResponse(shape(job), 202, headers={"Location": f"/v1/videos/{job.id}"})


@router.get(
    "/v1/videos/{job}",
    operation_id="get_video",
    summary="How far a video is, and what was seen",
    response_model=JobShape,
    responses=problem_responses(404, 422),
)
async def get(request: Request, job: str = Path(max_length=64)) -> Response:
    """The job's state; its summary and links to its files once it is done."""
    return JSONResponse(shape(jobs_of(request).get(job)))


@router.delete(
    "/v1/videos/{job}",
    operation_id="delete_video",
    summary="Cancel a video and remove its results",
    status_code=204,
    responses=problem_responses(404, 422),
)
async def delete(request: Request, job: str = Path(max_length=64)) -> Response:
    """Cancel the job where it still runs; remove all its files."""
    await asyncio.to_thread(jobs_of(request).remove, job)
    return Response(status_code=204)


def _add_file(kind: SinkKind) -> None:
    @router.get(
        f"/v1/videos/{{job}}/{kind.file_name}",
        operation_id=f"get_video_{kind.option}",
        summary=f"A finished video's {kind.file_name}",
        response_class=FileResponse,
        responses={**problem_responses(404, 409, 422), 200: file_response(kind.media_type)},
    )
    async def download(request: Request, job: str = Path(max_length=64)) -> Response:
        """A finished job's file."""
        path = jobs_of(request).file(job, kind.option)
        return FileResponse(path, media_type=kind.media_type, filename=kind.file_name)


for _kind in downloads():
    _add_file(_kind)


def shape(job: Job) -> dict[str, object]:
    """A job as `JobShape`."""
    done = job.state == "done"
    files = {kind.option: f"/v1/videos/{job.id}/{kind.file_name}" for kind in downloads()}
    return {**asdict(job), "files": files if done else None}
