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
from asyncio import FIRST_COMPLETED
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from mimika.apps.server import problems
from mimika.apps.server.analysis import Analysis, seconds_of
from mimika.apps.server.answers import RECENT_S
from mimika.apps.server.guard import SUBPROTOCOL
from mimika.apps.server.loop_shares import SHARES
from mimika.apps.server.problems import Problem
from mimika.apps.server.state import State, address_of, analysis_of, state_of
from mimika.apps.server.stream_summary import StreamSummary
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message

    from mimika.apps.server.newcomers import Newcomer
    from mimika.apps.server.stream_places import StreamPlace
    from mimika.pipeline.recognizer import Recognizer

router = APIRouter()
ROUTE = "/v1/stream"
LOST = "No frame came for a while, and another visitor has the place"
MOST_BAD = 20
MOST_TEXT = 1000
NORMAL, POLICY, BUSY = 1000, 1008, 1013


@router.websocket(ROUTE)
async def stream(socket: WebSocket) -> None:
    """Serve one client."""
    state, analysis = state_of(socket), analysis_of(socket)
    offered = socket.scope.get("subprotocols", [])
    chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
    try:
        newcomer = await state.admit(address_of(socket))
    except Problem as problem:
        state.metrics.refused.labels("streams").inc()
        # A browser does not show a refused handshake's status, so the reason follows it.
        await socket.accept(chosen)
        await _refuse(socket, problem)
        return
    with _counted(state, newcomer) as place:
        try:
            await socket.accept(chosen)
            with analysis.recognizer.fork() as recognizer:
                await _Stream(socket, state, analysis, recognizer, newcomer, place).serve()
        except WebSocketDisconnect:
            return
        except RuntimeError:
            # Sending to a client that has left.
            if socket.client_state is WebSocketState.CONNECTED:
                raise


@contextmanager
def _counted(state: State, newcomer: Newcomer) -> Iterator[StreamPlace]:
    state.metrics.streams.inc()
    try:
        with state.places.place(newcomer.address) as place:
            yield place
    finally:
        state.newcomers.leave(newcomer)
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
        place: StreamPlace,
    ) -> None:
        self._socket, self._state, self._analysis = socket, state, analysis
        self._recognizer, self._newcomer, self._place = recognizer, newcomer, place
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
        """The next message; None where no frame came for long, or another has the place."""
        idle_s = time.monotonic() - self._place.frame_s
        most_s = self._state.options.limits.idle_s - idle_s
        coming = asyncio.ensure_future(self._socket.receive())
        try:
            await asyncio.wait(
                (coming, self._place.lost), timeout=most_s, return_when=FIRST_COMPLETED
            )
            return coming.result() if coming.done() else None
        finally:
            coming.cancel()

    async def _answer(self, message: Message | None) -> bool:
        """Answer a message; whether the stream goes on."""
        if message is None:
            if self._place.lost.done():
                await _refuse(self._socket, problems.overloaded(LOST, RECENT_S))
            else:
                await self._socket.close(NORMAL, "no frame came")
            return False
        if message["type"] == "websocket.disconnect":
            return False
        try:
            if message.get("bytes") is None:
                await self._fulfil(message.get("text") or "")
            else:
                await self._see(message["bytes"])
            return True
        except (InputError, Problem) as error:
            words = _error(error if isinstance(error, Problem) else Problem(422, str(error)))
        await _send(self._socket, words)
        self._bad += 1
        if self._bad < MOST_BAD:
            return True
        await self._socket.close(POLICY, "too many bad frames")
        return False

    async def _fulfil(self, text: str) -> None:
        """Do what a text message asks for, within the address' share of the event loop."""
        if delay_s := SHARES.delay_s(self._address):
            await asyncio.sleep(delay_s)
        with SHARES.spending(self._address):
            wish = _wish(text)
            if "time_s" in wish:
                self._given_s = seconds_of(wish["time_s"])
            if wish.get("reset"):
                self._recognizer.reset()
                self._summary.reset()
        if wish.get("summary"):
            # One at a time, as each keeps the interpreter busy.
            async with self._state.summaries.turn(self._address):
                text, seconds = await asyncio.to_thread(self._summed_up)
            # The interpreter is the event loop's too.
            SHARES.spend(self._address, seconds)
            await self._socket.send_text(text)

    def _summed_up(self) -> tuple[str, float]:
        """The message, and the seconds of a processor that it took."""
        began_s = time.thread_time()
        text = json.dumps({"type": "summary", "summary": self._summary.to_dict()})
        return text, time.thread_time() - began_s

    async def _see(self, data: bytes) -> None:
        """Answer a frame, which keeps the place."""
        self._state.newcomers.asked(self._newcomer)
        self._place.working, answers = True, self._index
        try:
            await self._look(data)
        finally:
            self._state.newcomers.done(self._newcomer, answered=self._index > answers)
            self._place.working, self._place.frame_s = False, time.monotonic()

    async def _look(self, data: bytes) -> None:
        """Answer a frame."""
        start = time.perf_counter()
        time_s = time.monotonic() - self._began_s if self._given_s is None else self._given_s
        self._given_s = None
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


async def _refuse(socket: WebSocket, problem: Problem) -> None:
    await _send(socket, _error(problem))
    await socket.close(BUSY, problem.detail)


def _error(problem: Problem) -> dict[str, Any]:
    """The problem as a message; when to try again is in it, as a message has no headers."""
    wait_s = (problem.headers or {}).get("Retry-After")
    more = {"retry_after_s": int(wait_s)} if wait_s else {}
    words = problems.document(problem.status_code, problem.detail, **more)
    return {"type": "error", "problem": words}


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(message))
