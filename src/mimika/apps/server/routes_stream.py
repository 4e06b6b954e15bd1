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

    from starlette.types import Message

    from mimika.apps.server.newcomers import Newcomer
    from mimika.pipeline.recognizer import Recognizer

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
            with analysis.recognizer.fork() as recognizer:
                await _Stream(socket, state, analysis, recognizer, newcomer).serve()
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


class _Stream:
    """One camera's frames.

    A message of megabytes is held no longer than it is worked on: neither while the next one comes,
    nor by the traceback of what was wrong with it.
    """

    def __init__(
        self,
        socket: WebSocket,
        state: State,
        analysis: Analysis,
        recognizer: Recognizer,
        newcomer: Newcomer,
    ) -> None:
        self._socket, self._state, self._analysis = socket, state, analysis
        self._recognizer, self._newcomer = recognizer, newcomer
        self._latency = state.metrics.latency.labels(ROUTE)
        self._summary, self._address = StreamSummary(), address_of(socket)
        self._began_s, self._index, self._bad = time.monotonic(), 0, 0
        self._given_s: float | None = None

    async def serve(self) -> None:
        """Answer message after message until the client leaves, or is silent, or sends nonsense."""
        card = self._analysis.recognizer.card
        await _send(self._socket, {"type": "hello", "model": card.name, "labels": card.labels})
        while await self._answer(await self._next()):
            pass

    async def _next(self) -> Message | None:
        """The next message; None where none came for long."""
        try:
            return await asyncio.wait_for(self._socket.receive(), self._state.options.limits.idle_s)
        except asyncio.TimeoutError:
            return None

    async def _answer(self, message: Message | None) -> bool:
        """Answer a message; whether the stream goes on."""
        if message is None:
            await self._socket.close(NORMAL, "no frame came")
            return False
        if message["type"] == "websocket.disconnect":
            return False
        try:
            if message.get("bytes") is None:
                await self._fulfil(_wish(message.get("text") or ""))
            else:
                await self._look(message["bytes"])
            return True
        except (InputError, Problem) as error:
            words = _error(error if isinstance(error, Problem) else Problem(422, str(error)))
        await _send(self._socket, words)
        self._bad += 1
        if self._bad < MOST_BAD:
            return True
        await self._socket.close(POLICY, "too many bad frames")
        return False

    async def _fulfil(self, wish: dict[str, Any]) -> None:
        """Do what a text message asks for."""
        if "time_s" in wish:
            self._given_s = seconds_of(wish["time_s"])
        if wish.get("reset"):
            self._recognizer.reset()
            self._summary.reset()
        if wish.get("summary"):
            # One at a time, as each keeps the interpreter busy.
            async with self._state.summaries.turn(self._address):
                seen = await asyncio.to_thread(self._summary.to_dict)
            await _send(self._socket, {"type": "summary", "summary": seen})

    async def _look(self, data: bytes) -> None:
        """Answer a frame."""
        start = time.perf_counter()
        time_s = time.monotonic() - self._began_s if self._given_s is None else self._given_s
        self._given_s = None
        self._state.newcomers.asked(self._newcomer)
        answer = await self._analysis.frame(
            self._recognizer, data, time_s, self._index, self._address
        )
        self._bad = 0
        self._index += 1
        self._summary.add(answer.result)
        result, timings = answer.result.to_dict(), answer.timings()
        await _send(self._socket, {"type": "result", "result": result, "timings": timings})
        took_s = time.perf_counter() - start
        self._latency.observe(took_s)
        self._state.answers.add(took_s)
        self._state.newcomers.answered(self._newcomer)


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
