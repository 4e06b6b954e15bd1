"""`WS /v1/stream`: frames of one camera in, faces out, one at a time.

The client sends each frame as a binary message (JPEG, or another picture) and waits for its answer
before it sends the next, so the rate is what the server manages. A text message `{"time_s": 1.25}`
before a frame sets its time, for films; else it is the time of arrival. `{"reset": true}` forgets
the faces. `{"summary": true}` is answered with who was seen since it was first asked for. The
server sends `hello`, then `result` or `error` for each frame.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from mimika.apps.server import problems
from mimika.apps.server.analysis import Analysis, seconds_of
from mimika.apps.server.answers import RECENT_S
from mimika.apps.server.guard import SUBPROTOCOL
from mimika.apps.server.problems import Problem
from mimika.apps.server.state import State, address_of, analysis_of, state_of
from mimika.apps.server.stream_summary import StreamSummary
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.apps.server.newcomers import Newcomer

router = APIRouter()
ROUTE = "/v1/stream"
MOST_BAD = 20
MOST_TEXT = 1000
NORMAL, POLICY, BUSY = 1000, 1008, 1013


@router.websocket(ROUTE)
async def stream(socket: WebSocket) -> None:
    """Serve one client."""
    state, analysis = state_of(socket), analysis_of(socket)
    offered = socket.scope.get("subprotocols", [])
    chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
    with state.places.place(address_of(socket)) as free:
        if free:
            problem = state.refusal(address_of(socket))
        else:
            problem = problems.overloaded("Your address has its share of streams", RECENT_S)
        if problem:
            state.metrics.refused.labels("streams").inc()
            # A browser does not show a refused handshake's status, so the reason follows it.
            await socket.accept(chosen)
            await _send(socket, _error(problem))
            await socket.close(BUSY, problem.detail)
            return
        await _follow(socket, chosen, state, analysis)


async def _follow(socket: WebSocket, chosen: str | None, state: State, analysis: Analysis) -> None:
    with _counted(state, address_of(socket)) as newcomer:
        await socket.accept(chosen)
        try:
            await _serve(socket, state, analysis, newcomer)
        except WebSocketDisconnect:
            return
        except RuntimeError:
            # Sending to a client that has left.
            if socket.client_state is WebSocketState.CONNECTED:
                raise


@contextmanager
def _counted(state: State, address: str) -> Iterator[Newcomer]:
    state.streams += 1
    state.metrics.streams.inc()
    newcomer = state.newcomers.join(address)
    try:
        yield newcomer
    finally:
        state.newcomers.leave(newcomer)
        state.streams -= 1
        state.metrics.streams.dec()


async def _serve(socket: WebSocket, state: State, analysis: Analysis, newcomer: Newcomer) -> None:
    limits, latency = state.options.limits, state.metrics.latency.labels(ROUTE)
    card = analysis.recognizer.card
    await _send(socket, {"type": "hello", "model": card.name, "labels": card.labels})
    began, index, bad = time.monotonic(), 0, 0
    given_s: float | None = None
    summary, address = StreamSummary(), address_of(socket)
    with analysis.recognizer.fork() as recognizer:
        while True:
            try:
                message = await asyncio.wait_for(socket.receive(), limits.idle_s)
            except asyncio.TimeoutError:
                await socket.close(NORMAL, "no frame came")
                return
            if message["type"] == "websocket.disconnect":
                return
            start = time.perf_counter()
            try:
                if message.get("bytes") is None:
                    wish = _wish(message.get("text") or "")
                    given_s = seconds_of(wish["time_s"]) if "time_s" in wish else given_s
                    if wish.get("reset"):
                        recognizer.reset()
                        summary.reset()
                    if wish.get("summary"):
                        # One at a time, as each keeps the interpreter busy.
                        async with state.summaries.turn(address):
                            seen = await asyncio.to_thread(summary.to_dict)
                        await _send(socket, {"type": "summary", "summary": seen})
                    continue
                time_s = time.monotonic() - began if given_s is None else given_s
                given_s = None
                state.newcomers.asked(newcomer)
                answer = await analysis.frame(recognizer, message["bytes"], time_s, index, address)
            except (InputError, Problem) as error:
                bad += 1
                known = error if isinstance(error, Problem) else Problem(422, str(error))
                await _send(socket, _error(known))
                if bad >= MOST_BAD:
                    await socket.close(POLICY, "too many bad frames")
                    return
                continue
            bad = 0
            index += 1
            summary.add(answer.result)
            result = answer.result.to_dict()
            await _send(socket, {"type": "result", "result": result, "timings": answer.timings()})
            took_s = time.perf_counter() - start
            latency.observe(took_s)
            state.answers.add(took_s)
            state.newcomers.answered(newcomer)


def _wish(text: str) -> dict[str, Any]:
    try:
        # Reading megabytes of it would hold up all others.
        wish = json.loads(text) if len(text) <= MOST_TEXT else None
    except (ValueError, RecursionError):
        wish = None
    if not isinstance(wish, dict) or not wish.keys() & {"time_s", "reset", "summary"}:
        raise Problem(
            422, 'A text message is {"time_s": SECONDS}, {"reset": true} or {"summary": true}.'
        )
    return wish


def _error(problem: Problem) -> dict[str, Any]:
    """The problem as a message; when to try again is in it, as a message has no headers."""
    wait_s = (problem.headers or {}).get("Retry-After")
    more = {"retry_after_s": int(wait_s)} if wait_s else {}
    words = problems.document(problem.status_code, problem.detail, **more)
    return {"type": "error", "problem": words}


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(message))
