"""A batch: what is to be read, who reads it, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from mimika.base.errors import InputError, MissingExtra
from mimika.base.names import as_text
from mimika.batch.dataset import DataSet, Outcome, key_of, outcome_of, segment_of
from mimika.batch.local import LocalWorkers
from mimika.batch.storage import open_storage
from mimika.batch.task import SEGMENT_S, Result, Segment, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Literal

    from mimika.pipeline.settings import Settings


class Workers(Protocol):
    """Who does the work."""

    def each(
        self, what: Literal["plan", "read"], tasks: Iterable[Task]
    ) -> Iterator[tuple[Task, Result]]:
        """Do tasks, in any order, each once; what a lost worker had is done again."""

    def close(self) -> None:
        """Let go of them."""


def run_batch(
    recordings: Sequence[str | Path],
    output: str | Path,
    settings: Settings,
    *,
    workers: int = 0,
    segment_s: float = SEGMENT_S,
    address: str | None = None,
    on_outcome: Callable[[Outcome, int, int], None] | None = None,
) -> list[Outcome]:
    """Read recordings to a data set; those that were read already are passed over.

    Args:
        recordings: paths, or addresses such as s3://bucket/film.mp4.
        output: the data set's folder, or its address.
        settings: how faces are found and judged.
        workers: how many processors work; 0 takes all.
        segment_s: about how long the segments are that long recordings are read in; 0 reads each
            in one.
        address: of a Ray cluster, "local" for one on this machine; processes of this machine where
            None.
        on_outcome: told what became of a recording, how many are done and how many there are.

    Returns:
        What became of each recording, in the order of `recordings`.

    Raises:
        MimikaError: something is wrong for all: the model, the disk, the cluster. What is done
            stays done.
    """
    _check_packages()
    storage = open_storage(output)
    storage.check()
    data = DataSet(storage)
    names = [str(recording) for recording in recordings]

    def note(outcome: Outcome, part: bytes | None = None) -> None:
        data.add(outcome, part)
        if on_outcome is not None:
            done = sum(as_text(name) in data.outcomes for name in names)
            on_outcome(outcome, done, len(names))

    try:
        known = f"{replace(settings, threads=1)!r} {segment_s:g}"
        tasks = _tasks(names, known, data, note)
        data.forget_segments(frozenset(task.key for task in tasks))
        if tasks:
            with closing(_workers(settings, segment_s, workers, address)) as hands:
                _work(tasks, hands, data, note)
        data.forget_segments()
    finally:
        data.save()
    return [data.outcomes[as_text(name)] for name in names]


def _tasks(
    names: Sequence[str], settings: str, data: DataSet, note: Callable[[Outcome], None]
) -> list[Task]:
    """What is to be read still."""
    tasks: list[Task] = []
    for name in dict.fromkeys(names):
        try:
            key = key_of(name, settings)
        except InputError as error:
            note(_failed(Task(name, ""), as_text(str(error))))
            continue
        if not data.is_done(as_text(name), key):
            tasks.append(Task(name, key))
    return tasks


def _workers(settings: Settings, segment_s: float, count: int, address: str | None) -> Workers:
    if address is None:
        return LocalWorkers(settings, segment_s, count)
    from mimika.batch.cluster import RayWorkers

    return RayWorkers(settings, segment_s, count, address=address)


@dataclass(slots=True)
class _Recording:
    """A recording whose segments are being read."""

    task: Task
    segments: tuple[Segment, ...]
    missing: set[int] = field(default_factory=set)
    failed: str = ""


def _work(
    tasks: list[Task],
    workers: Workers,
    data: DataSet,
    note: Callable[[Outcome, bytes | None], None],
) -> None:
    recordings: dict[str, _Recording] = {}
    pieces: list[Task] = []
    same: defaultdict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        same[task.key].append(task)
    for task, plan in workers.each("plan", tasks):
        if plan.failed:
            note(_failed(task, plan.failed), None)
            continue
        found = recordings[task.key] = _Recording(task, plan.segments)
        for segment in plan.segments:
            if segment_of(task.key, segment.number) not in data.segments:
                found.missing.add(segment.number)
                pieces.append(replace(task, segment=segment, turn=plan.turn))
    order = {task.key: place for place, task in enumerate(tasks)}
    pieces.sort(key=lambda piece: (order[piece.key], piece.segment.number))
    for recording in recordings.values():
        if not recording.missing:
            _finish(recording, data, note)
    for piece, result in workers.each("read", pieces):
        recording = recordings[piece.key]
        recording.missing.discard(piece.segment.number)
        recording.failed = recording.failed or result.failed
        if not result.failed and len(recording.segments) == 1:
            note(_done(recording.task, result.part), result.part)
            continue
        if not result.failed:
            data.add_segment(piece.key, piece.segment.number, result.part)
        if not recording.missing:
            _finish(recording, data, note)


def _finish(
    recording: _Recording, data: DataSet, note: Callable[[Outcome, bytes | None], None]
) -> None:
    task = recording.task
    if recording.failed:
        note(_failed(task, recording.failed), None)
        return
    from mimika.batch.segments import join

    parts = (data.read_segment(task.key, segment.number) for segment in recording.segments)
    part = join(as_text(task.file), parts, recording.segments)
    note(_done(task, part), part)


def _done(task: Task, part: bytes) -> Outcome:
    return outcome_of(part, task.key)


def _failed(task: Task, why: str) -> Outcome:
    return Outcome(file=as_text(task.file), key=task.key, state="failed", why=why)


def _check_packages() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise MissingExtra("A data set", "tables")
