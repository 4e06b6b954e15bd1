"""This machine's processors: a process each, with a worker of its own.

Processes, because one recognizer on two threads does not do the work of two (docs/scaling.md).
"""

from __future__ import annotations

import signal
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.base.processors import processors
from mimika.batch.task import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Literal

    from mimika.batch.task import Task
    from mimika.batch.work import Worker
    from mimika.pipeline.settings import Settings

WAITING = 2
"""Tasks that are given to a process at once: one that is done and one that waits."""

MOST_THREADS = 4
"""Threads that help one worker's networks; more only wait for each other."""

MOST_DEATHS = 2
DIED = "The process that read it died twice: out of memory, or a fault in a decoder."


class LocalWorkers(Closing):
    """Processes of this machine; see `mimika.batch.run.Workers`.

    A process that dies takes its tasks along; they are given to a new one. Then each of those that
    may have caused it gets a process for itself, and what kills processes twice is given up.
    """

    def __init__(self, settings: Settings, segment_s: float, count: int = 0) -> None:
        """Begin; processes start with the first task.

        Args:
            settings: how faces are found and judged.
            segment_s: about how long segments are.
            count: how many processes; 0 takes one a processor.
        """
        self._with = (settings, segment_s)
        self._count = count or processors()
        self._pool: ProcessPoolExecutor | None = None

    def each(
        self, what: Literal["plan", "read"], tasks: Iterable[Task]
    ) -> Iterator[tuple[Task, Result]]:
        """See `mimika.batch.run.Workers`."""
        deaths: Counter[Task] = Counter()
        waiting = list(reversed(list(tasks)))
        # Fewer tasks than processors: each is done on several.
        threads = min(MOST_THREADS, max(1, self._count // max(1, len(waiting))))
        do = partial(_run, what=what, threads=threads)
        while waiting:
            lost: list[Task] = []
            yield from self._until_a_death(do, waiting, lost, 1 if deaths else 0)
            deaths.update(lost)
            for task in lost:
                if len(lost) == 1 and deaths[task] >= MOST_DEATHS:
                    yield task, Result(failed=DIED)
                else:
                    waiting.append(task)

    def _until_a_death(
        self, do: Callable[[Task], Result], waiting: list[Task], lost: list[Task], at_once: int
    ) -> Iterator[tuple[Task, Result]]:
        """Take tasks from the end of `waiting`; those that a process took along go to `lost`."""
        at_once = at_once or WAITING * self._count
        running: dict[Future[Result], Task] = {}
        try:
            while waiting or running:
                while waiting and len(running) < at_once:
                    with _interrupts_held():
                        running[self._opened().submit(do, waiting[-1])] = waiting[-1]
                    waiting.pop()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield running.pop(future), result
        except BrokenProcessPool:
            self._free(wait_for=False)
            for future, task in running.items():
                if future.done() and not future.cancelled() and future.exception() is None:
                    yield task, future.result()
                else:
                    lost.append(task)

    def close(self) -> None:
        """End the processes, also those that still read: after an error nobody waits for them."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
        self._free(wait_for=True)

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count,
                mp_context=get_context("spawn"),
                initializer=_start,
                initargs=self._with,
            )
        return self._pool

    def _free(self, *, wait_for: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait_for, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: processes that are started meanwhile never get it.

    A terminal sends it to them as well, and one that is still loading would print where it was.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # With the first process it would let Ctrl-C through again.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_workers: list[Worker] = []
"""This process's, where it is one of a pool."""


def _start(settings: Settings, segment_s: float) -> None:
    """Begin a process's work: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Only here: whoever starts the processes needs none of what a worker loads.
    from mimika.batch.work import Worker

    _workers[:] = [Worker(settings, segment_s)]


def _run(task: Task, what: Literal["plan", "read"], threads: int) -> Result:
    (worker,) = _workers
    return worker.plan(task) if what == "plan" else worker.read(task, threads)
