"""`/v1/videos`: videos as jobs, with progress, results and an end."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from fastapi import APIRouter, Path, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from mimika.apps.server.documents import file_response, problem_responses, video_body
from mimika.apps.server.downloads import downloads
from mimika.apps.server.guard import HEAD_ONLY
from mimika.apps.server.jobs import UNFINISHED, Job
from mimika.apps.server.loop_shares import SHARES
from mimika.apps.server.problems import Problem, overloaded, too_many
from mimika.apps.server.schemas import JobShape, JobsShape
from mimika.apps.server.state import address_of, jobs_of, state_of
from mimika.apps.server.uploads import save_video
from mimika.apps.server.webhook import check_webhook
from mimika.sinks.table import SinkKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")
router = APIRouter(tags=["videos"])
EVENTS = "text/event-stream"
LOOK_EVERY_S, KEEP_ALIVE_S = 0.25, 15.0


@router.post(
    "/v1/videos",
    operation_id="submit_video",
    summary="Send a video to be analyzed",
    status_code=202,
    response_model=JobShape,
    responses=problem_responses(400, 403, 408, 413, 415, 422, 503, 507),
    openapi_extra={"requestBody": video_body()},
)
async def submit(request: Request, lang: Literal["en", "ru"] = "en", webhook: str = "") -> Response:
    """Send the video as the body or in a form's field `file`: MP4, MOV, WebM, MKV, AVI, MPEG, GIF.

    The answer is a job: ask for it at the address in `Location` until it is done. The video is
    removed as soon as it is analyzed; the results after an hour, or when the job is deleted.
    `lang` is the language of the words in the annotated film. `webhook` is an address to which the
    finished job is sent (POST), if the server allows it.
    """
    jobs = jobs_of(request)
    check_webhook(webhook, state_of(request).options.webhooks)
    ticket = jobs.reserve(address_of(request))
    try:
        name, path = jobs.create()
        try:
            await save_video(request, path, ticket.receive)
            job = await asyncio.to_thread(jobs.submit, name, ticket, lang, webhook)
        except BaseException:
            jobs.discard(name)
            raise
    except BaseException:
        jobs.release(ticket)
        raise
    root = root_of(request)
    location = f"{root}/v1/videos/{job.id}"
    return JSONResponse(shape(job, root), 202, headers={"Location": location})


@router.get(
    "/v1/videos",
    operation_id="list_videos",
    summary="All videos",
    response_model=JobsShape,
    responses=problem_responses(),
)
async def list_videos(request: Request) -> Response:
    """All videos of this server, the newest first; only where a token is asked for.

    Without one anybody could read here the names by which strangers' videos are protected.
    """
    if not state_of(request).options.token:
        raise Problem(403, "Videos are listed only where a token is asked for: start it with one.")
    jobs, root = jobs_of(request), root_of(request)
    found = []
    for name in await asyncio.to_thread(jobs.names):
        with suppress(Problem):  # removed since
            job = await _in_turn(request, partial(jobs.get, name))
            found.append(shape(job, root))
    return JSONResponse({"videos": found})


@router.get(
    "/v1/videos/{job}/events",
    operation_id="follow_video",
    summary="How far a video is, as it goes on",
    response_class=StreamingResponse,
    responses={**problem_responses(404, 422, 503), 200: file_response("text/event-stream")},
)
async def events(request: Request, job: str = Path(max_length=64)) -> Response:
    """Server-sent events: the job as JSON whenever it changed, until it is done or failed."""
    state, jobs = state_of(request), jobs_of(request)
    await _in_turn(request, partial(jobs.get, job))
    if state.followers >= state.options.limits.clients:
        raise overloaded(f"{state.followers} clients follow videos already")
    if state.following.full(address_of(request)):
        raise too_many("Your address follows as many videos as one may")
    if request.scope.get(HEAD_ONLY):
        return Response(media_type=EVENTS)

    async def follow() -> AsyncIterator[str]:
        with state.following.place(address_of(request)) as free:
            state.followers += 1
            try:
                # Several may have asked before the first of them began.
                if free:
                    async for event in _changes(request, job):
                        yield event
            finally:
                state.followers -= 1

    return StreamingResponse(follow(), media_type=EVENTS)


async def _changes(request: Request, job: str) -> AsyncIterator[str]:
    last, silent_s = "", 0.0
    jobs, root = jobs_of(request), root_of(request)

    def look() -> tuple[Job, str]:
        current = jobs.get(job)
        return current, json.dumps(shape(current, root))

    while True:
        try:
            current, text = await _in_turn(request, look)
        except Problem:
            yield "event: removed\ndata: {}\n\n"
            return
        if text != last or silent_s >= KEEP_ALIVE_S:
            last, silent_s = text, 0.0
            yield f"data: {text}\n\n"
        if current.state not in UNFINISHED:
            return
        await asyncio.sleep(LOOK_EVERY_S)
        silent_s += LOOK_EVERY_S


@router.get(
    "/v1/videos/{job}",
    operation_id="get_video",
    summary="How far a video is, and what was seen",
    response_model=JobShape,
    responses=problem_responses(404, 422),
)
async def get(request: Request, job: str = Path(max_length=64)) -> Response:
    """The job's state; its summary and links to its files once it is done."""
    jobs, root = jobs_of(request), root_of(request)
    return await _in_turn(request, lambda: JSONResponse(shape(jobs.get(job), root)))


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
        jobs = jobs_of(request)
        path = await _in_turn(request, partial(jobs.file, job, kind.option))
        return FileResponse(path, media_type=kind.media_type, filename=kind.file_name)


for _kind in downloads():
    _add_file(_kind)


async def _in_turn(request: Request, look: Callable[[], T]) -> T:
    """Look at a video in the turn of an address, and within its share of the event loop.

    The summary of a film of thousands of faces takes a tenth of a second to read and to write.
    """
    visitor = address_of(request)
    async with state_of(request).looks.turn(visitor):
        if delay_s := SHARES.delay_s(visitor):
            await asyncio.sleep(delay_s)
        with SHARES.spending(visitor):
            return look()


def root_of(request: Request) -> str:
    """The path under which a proxy shows the server, "" for none."""
    return str(request.scope.get("root_path", ""))


def shape(job: Job, root: str) -> dict[str, object]:
    """A job as `JobShape`, with addresses below the root path."""
    done = job.state == "done"
    files = {kind.option: f"{root}/v1/videos/{job.id}/{kind.file_name}" for kind in downloads()}
    return {**asdict(job), "files": files if done else None}
