"""Processes that decode pictures, as many at once as a lane has; see `decoding.py`."""

from __future__ import annotations

import multiprocessing
import queue
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.apps.server import decoder
from mimika.apps.server.patience import Patience
from mimika.base.errors import InputError, MimikaError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

    from numpy.typing import NDArray

STARTS = 3
# So long a process may take to end once its pipe is closed: who ended it is known only then, and on
# a busy machine that takes its time.
ENDS_S = 5.0
KILLED = 9
PRELOAD = "mimika.apps.server.preload"


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


class BudgetBroken(Exception):
    """A decoder ended, or was ended, at a picture.

    Attributes:
        killed: from outside, by SIGKILL.
    """

    def __init__(self, *, killed: bool) -> None:
        super().__init__()
        self.killed = killed


class NoDecoder(MimikaError):
    """No process can be started: the machine has no memory or no processes left."""


class Lane:
    """Decodes as many pictures at once as it has processes; safe to call from several threads.

    Another process may stand by, so that nobody waits for a start where one was ended.
    """

    def __init__(self, count: int, budget: decoder.Budget, *, spare: bool = True) -> None:
        """Start the processes.

        Args:
            count: pictures at once.
            budget: of each picture.
            spare: one more stands by.
        """
        self._budget = budget
        self._context = forking()
        # The one that worked last works next: what it keeps for that is kept once.
        self._free: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._spare: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._tender = ThreadPoolExecutor(1, thread_name_prefix="decoders")
        for _ in range(count):
            self._free.put(self._start())
        self._keeps_spare = spare
        if spare:
            self._spare.put(self._start())

    def decode(self, data: bytes) -> Picture:
        """Decode a picture.

        Raises:
            InputError: it is no picture, damaged or too large.
            HeavyPicture: it is large, and the budget is not for such.
            BudgetBroken: it took more than it is given, or its process was ended.
            NoDecoder: a process that was ended cannot be replaced.
        """
        worker = self._free.get()
        try:
            return self._ask(worker, data)
        except (EOFError, OSError, TimeoutError) as error:
            if not isinstance(error, TimeoutError):
                worker.process.join(ENDS_S)
            killed = worker.process.exitcode == -KILLED
            worker.process.kill()
            worker = self._instead_of(worker)
            raise BudgetBroken(killed=killed) from error
        finally:
            self._free.put(worker)

    def processes(self) -> list[int]:
        """Numbers of the processes that run."""
        with self._lock:
            return [worker.process.pid or 0 for worker in self._all]

    def close(self) -> None:
        """End the processes."""
        self._tender.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            workers = list(self._all)
        for worker in workers:
            self._end(worker)

    def _ask(self, worker: _Worker, data: bytes) -> Picture:
        pipe, patience = worker.pipe, Patience(worker.process.pid or 0, self._budget.cpu_s)
        pipe.send_bytes(data)
        patience.wait(pipe)
        answer = pipe.recv_bytes()
        if answer == decoder.HEAVY:
            raise decoder.HeavyPicture
        if answer == decoder.COSTLY:
            raise BudgetBroken(killed=False)
        if answer[:1] == decoder.REFUSED:
            raise InputError(answer[1:].decode())
        rows, columns, width, height = struct.unpack(decoder.SIZES, answer)
        image = np.empty((rows, columns, 3), np.uint8)
        patience.wait(pipe)
        pipe.recv_bytes_into(image.reshape(-1).data)
        return Picture(image, width, height)

    def _instead_of(self, worker: _Worker) -> _Worker:
        """The process that stands by; the one that ended is cleared away by another thread."""
        with suppress(RuntimeError):  # the lane is being closed
            self._tender.submit(self._tend, worker)
        try:
            return self._spare.get_nowait()
        except queue.Empty:
            return self._start()

    def _tend(self, ended: _Worker) -> None:
        self._end(ended)
        if self._keeps_spare and self._spare.empty():
            with suppress(NoDecoder):  # it is started when it is needed
                self._spare.put(self._start())

    def _start(self) -> _Worker:
        for attempt in range(STARTS):
            ours, theirs = self._context.Pipe()
            process = self._context.Process(  # type: ignore[attr-defined]
                target=decoder.serve, args=(theirs, self._budget), name="decoder", daemon=True
            )
            try:
                process.start()
                break
            except (EOFError, OSError) as error:
                # The process that forks was ended from outside; the next try starts it anew.
                ours.close()
                if attempt == STARTS - 1:
                    raise NoDecoder(
                        "No process to decode pictures can be started: free some memory."
                    ) from error
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
