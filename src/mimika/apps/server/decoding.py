"""Pictures of strangers are decoded in processes that can be ended.

A picture of a few kilobytes can take a decoder minutes, and gigabytes; a decoder may also have a
mistake that a picture finds. So each picture has a budget of processor time and of memory, held by
the system, and what breaks it costs one process, which is replaced.

There are two lanes, so that a small picture never waits behind a large one. The light lane has
several processes, which read each header and decode what is small; what is large, or is not done
soon, goes to the heavy lane, which has one.
"""

from __future__ import annotations

import multiprocessing
import queue
import struct
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mimika.apps.server import decoder
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

    from numpy.typing import NDArray

# On a machine that does other things as well a picture may wait for its processor.
WALL_FACTOR = 10
STARTS = 3
LIGHT_BYTES = 2 << 20
LIGHT_CPU_S = 0.3
# So long a process may take to end once its pipe is closed.
ENDS_S = 0.2
KILLED = 9
PRELOAD = "mimika.apps.server.preload"


class TooCostly(InputError):
    """A picture broke its budget of time or memory, or the decoder."""

    def __init__(self) -> None:
        super().__init__(
            "The picture takes more time or memory to decode than a picture is given: export it "
            "again as a plain JPEG."
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: (H, W, 3) uint8, BGR; reduced where the original is large.
        width: of the original, upright, in pixels.
        height: likewise.
    """

    image: NDArray[np.uint8]
    width: int
    height: int


class DecoderPool:
    """Two lanes of decoders; safe to call from several threads.

    Attributes:
        ended: processes that were ended because a picture broke the heavy lane's budget.
    """

    def __init__(self, count: int, budget: decoder.Budget) -> None:
        """Start the processes.

        Args:
            count: those of the light lane.
            budget: of the heavy lane.
        """
        soon = replace(budget, heavy=False, cpu_s=min(budget.cpu_s, LIGHT_CPU_S))
        self._light, self._heavy = _Lane(count, soon), _Lane(1, replace(budget, heavy=True))
        self.ended = 0

    def decode(self, data: bytes) -> Picture:
        """Decode a picture in the light lane.

        Raises:
            InputError: it is no picture, damaged or too large.
            HeavyPicture: it is for `decode_heavy`.
        """
        if len(data) > LIGHT_BYTES:
            raise decoder.HeavyPicture
        try:
            return self._light.decode(data)
        except _Ended as error:
            # It takes longer than it looks, or its process was ended from outside.
            raise decoder.HeavyPicture from error

    def decode_heavy(self, data: bytes) -> Picture:
        """Decode a picture in the heavy lane, one at a time.

        Raises:
            InputError: it is no picture, damaged or too large.
            TooCostly: it broke its budget.
        """
        try:
            return self._heavy.decode(data)
        except _Ended as error:
            if not error.killed:
                self.ended += 1
                raise TooCostly from error
        # The system or an operator ended the process: that was not the picture's doing.
        try:
            return self._heavy.decode(data)
        except _Ended as error:
            self.ended += 1
            raise TooCostly from error

    def processes(self) -> list[int]:
        """Numbers of the processes that run."""
        return [*self._light.processes(), *self._heavy.processes()]

    def close(self) -> None:
        """End the processes."""
        self._light.close()
        self._heavy.close()


class _Ended(Exception):
    """A decoder ended, or was ended, at a picture.

    Attributes:
        killed: from outside, by SIGKILL.
    """

    def __init__(self, *, killed: bool) -> None:
        super().__init__()
        self.killed = killed


class _Lane:
    """Decodes as many pictures at once as it has processes."""

    def __init__(self, count: int, budget: decoder.Budget) -> None:
        self._budget = budget
        self._context = forking()
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        for _ in range(count):
            self._free.put(self._start())

    def decode(self, data: bytes) -> Picture:
        worker = self._free.get()
        try:
            return self._ask(worker, data)
        except (EOFError, OSError, TimeoutError) as error:
            if not isinstance(error, TimeoutError):
                worker.process.join(ENDS_S)
            killed = worker.process.exitcode == -KILLED
            self._end(worker)
            worker = self._start()
            raise _Ended(killed=killed) from error
        finally:
            self._free.put(worker)

    def processes(self) -> list[int]:
        with self._lock:
            return [worker.process.pid or 0 for worker in self._all]

    def close(self) -> None:
        with self._lock:
            workers = list(self._all)
        for worker in workers:
            self._end(worker)

    def _ask(self, worker: _Worker, data: bytes) -> Picture:
        pipe, most_s = worker.pipe, self._budget.cpu_s * WALL_FACTOR
        pipe.send_bytes(data)
        answer = _receive(pipe, most_s)
        if answer == decoder.HEAVY:
            raise decoder.HeavyPicture
        return _picture(pipe, answer, most_s)

    def _start(self) -> _Worker:
        for attempt in range(STARTS):
            ours, theirs = self._context.Pipe()
            process = self._context.Process(  # type: ignore[attr-defined]
                target=decoder.serve, args=(theirs, self._budget), name="decoder", daemon=True
            )
            try:
                process.start()
                break
            except (EOFError, OSError):
                # The process that forks was ended from outside; the next try starts it anew.
                ours.close()
                if attempt == STARTS - 1:
                    raise
            finally:
                theirs.close()
        worker = _Worker(process, ours)
        with self._lock:
            self._all.add(worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection


def forking() -> BaseContext:
    """How a process that decodes is started."""
    # A fork of a process with threads is unsafe; one of a small process that loaded the decoders
    # takes a hundredth of a second, and a new process half a second.
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOAD])
    return context


def _receive(pipe: Connection, most_s: float) -> bytes:
    if not pipe.poll(most_s):
        raise TimeoutError
    return pipe.recv_bytes()


def _picture(pipe: Connection, answer: bytes, most_s: float) -> Picture:
    if answer[:1] == decoder.REFUSED:
        raise InputError(answer[1:].decode())
    rows, columns, width, height = struct.unpack(decoder.SIZES, answer)
    image = np.empty((rows, columns, 3), np.uint8)
    if not pipe.poll(most_s):
        raise TimeoutError
    pipe.recv_bytes_into(image.reshape(-1).data)
    return Picture(image, width, height)
