"""A batch on one machine: a process a processor, each with one thread and a recognizer of its own.

Processes, because one recognizer on two threads does not do the work of two (docs/scaling.md). A
process that dies takes its recordings along; they are given to a new one, and a recording that
kills processes twice is reported as failed.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.files import check_writable, remove
from mimika.base.names import as_text
from mimika.base.processors import processors
from mimika.batch.dataset import PARTS, TABLE, DataSet, Outcome, key_of
from mimika.batch.work import Task, run, start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from mimika.pipeline.settings import Settings

WAITING = 2
"""Recordings that are given to a process at once: one that is read and one that waits."""

MOST_DEATHS = 2


def run_batch(
    files: Sequence[Path],
    folder: Path,
    settings: Settings,
    *,
    workers: int = 0,
    on_outcome: Callable[[Outcome, int, int], None] | None = None,
) -> list[Outcome]:
    """Read recordings to a data set; those that were read already are passed over.

    Args:
        files: the recordings.
        folder: the data set's folder.
        settings: how faces are found and judged.
        workers: how many processes; 0 takes one a processor.
        on_outcome: told what became of a recording, how many are done and how many there are.

    Returns:
        What became of each recording, in the order of `files`.

    Raises:
        MimikaError: something is wrong for all: the model, the disk. What is done stays done.
    """
    check_writable(folder / TABLE)
    for left in (folder / PARTS).glob(".*.part*"):
        remove(left)
    data = DataSet(folder)
    tasks: list[Task] = []
    for file in files:
        try:
            key = key_of(file, repr(replace(settings, threads=1)))
        except InputError as error:
            data.add(
                Outcome(file=as_text(str(file)), key="", state="failed", why=as_text(str(error)))
            )
            continue
        if not data.is_done(as_text(str(file)), key):
            tasks.append(Task(file, key, data.part(key)))

    def note(outcome: Outcome) -> None:
        data.add(outcome)
        if on_outcome is not None:
            done = sum(data.outcomes.get(as_text(str(file))) is not None for file in files)
            on_outcome(outcome, done, len(files))

    _work(tasks, settings, workers or processors(), note)
    return [data.outcomes[as_text(str(file))] for file in files]


def _work(
    tasks: list[Task], settings: Settings, workers: int, note: Callable[[Outcome], None]
) -> None:
    deaths: Counter[str] = Counter()
    waiting = list(reversed(tasks))
    while waiting:
        running: dict[Future[Outcome], Task] = {}
        pool = ProcessPoolExecutor(
            min(workers, len(waiting)),
            mp_context=get_context("spawn"),
            initializer=start,
            initargs=(settings,),
        )
        # After a death each of those that may have caused it gets a process for itself.
        at_once = WAITING * workers if not deaths else 1
        broken = False
        try:
            while waiting or running:
                while waiting and len(running) < at_once:
                    running[pool.submit(run, waiting[-1])] = waiting[-1]
                    waiting.pop()
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    note(future.result())
                    del running[future]
        except BrokenProcessPool:
            broken = True
            again = [task for future, task in running.items() if not _ended(future, note)]
            alone = len(again) == 1
            deaths.update(task.key for task in again)
            for task in again:
                if alone and deaths[task.key] >= MOST_DEATHS:
                    note(_killed(task))
                else:
                    waiting.append(task)
        except BaseException:
            _terminate(pool)
            raise
        finally:
            pool.shutdown(wait=not broken, cancel_futures=True)


def _ended(future: Future[Outcome], note: Callable[[Outcome], None]) -> bool:
    """Whether a recording was finished before its process died."""
    if not future.done() or future.cancelled() or future.exception() is not None:
        return False
    note(future.result())
    return True


def _terminate(pool: ProcessPoolExecutor) -> None:
    """End processes that still read: after an error or Ctrl-C nobody waits for them."""
    for process in list((pool._processes or {}).values()):
        process.terminate()


def _killed(task: Task) -> Outcome:
    return Outcome(
        file=as_text(str(task.file)),
        key=task.key,
        state="failed",
        why="The process that read it died twice: out of memory, or a fault in a decoder.",
    )
