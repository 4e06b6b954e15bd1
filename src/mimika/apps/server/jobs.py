"""Videos in the background: a bounded queue, one at a time, state in files for all workers.

Each worker holds a lock as long as it lives, and a job names the worker that has it; so what a
crashed worker left is known, and removed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import re
import secrets
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.apps.server.containers import check_container
from mimika.apps.server.downloads import downloads
from mimika.apps.server.film_meter import FilmMeter
from mimika.apps.server.film_results import FILM, finish, written_while_seen
from mimika.apps.server.film_turns import FilmTurns
from mimika.apps.server.films import AtFullSize, FilmReader, film_budget, probe
from mimika.apps.server.job_errors import too_long, too_much, unknown, without
from mimika.apps.server.kept_results import KeptResults
from mimika.apps.server.owners import Owners
from mimika.apps.server.pauses import Pauses
from mimika.apps.server.problems import Problem
from mimika.apps.server.process import give_back_all_memory
from mimika.apps.server.work_queue import Ticket, WorkQueue
from mimika.base.errors import InputError, MimikaError, OutputError
from mimika.base.files import output_error, replacing
from mimika.pipeline.process import process
from mimika.sinks.table import SINKS, SinkContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimika.apps.server.analysis import Analysis
    from mimika.apps.server.metrics import Metrics
    from mimika.apps.server.options import Limits
    from mimika.apps.server.webhook import Webhooks
    from mimika.pipeline.process import Progress
    from mimika.sinks.sink import Sink

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{22}")
STATE, UPLOAD, CANCEL, OWNER = "state.json", "upload", "cancel", "owner"
UNFINISHED = ("queued", "running")
TOLD_EVERY_S = 0.25


@dataclass(slots=True)
class Job:
    """One video; `JobShape` without the links.

    Attributes:
        id: its name, which cannot be guessed.
        state: queued, running, done or failed.
        progress: share that is done, in [0, 1]; None where the length is not known.
        frames: frames analyzed so far.
        warnings: what was left out or repaired; sentences.
        error: what went wrong, where it failed.
        summary: who showed what, when it is done.
    """

    id: str
    state: str = "queued"
    progress: float | None = 0.0
    frames: int = 0
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    summary: dict[str, Any] | None = None


class _Cancelled(Exception):
    pass


class Jobs:
    """The videos below one folder, which all workers of a server share."""

    def __init__(
        self,
        folder: Path,
        analysis: Analysis,
        limits: Limits,
        metrics: Metrics,
        webhooks: Webhooks,
    ) -> None:
        """Begin; each worker analyzes one video at a time."""
        self._folder, self._analysis = folder, analysis
        self._limits, self._metrics = limits, metrics
        self._owners = Owners(folder.parent / "workers")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="video")
        self._thread.submit(int)  # started now, while there is memory for it
        self._webhooks = webhooks
        self._ending = threading.Event()
        self._queue, self._kept = WorkQueue(limits), KeptResults(limits)
        self._turns: FilmTurns[Callable[[], None]] = FilmTurns()
        self._budget = film_budget(limits)
        self._opening = threading.Lock()
        self._reading: FilmReader | None = None
        self._seen: dict[str, tuple[float, float]] = {}

    @property
    def waiting(self) -> int:
        """Videos that wait or run, of this worker."""
        return len(self._queue)

    def reserve(self, address: str) -> Ticket:
        """Take a place in the queue, before the upload is read.

        Raises:
            Problem: there is none, or the address has enough of them.
        """
        try:
            ticket = self._queue.reserve(address)
        except Problem:
            self._metrics.refused.labels("jobs").inc()
            raise
        self._metrics.jobs.inc()
        return ticket

    def release(self, ticket: Ticket) -> None:
        """Give the place back."""
        self._queue.release(ticket)
        self._metrics.jobs.dec()

    def create(self) -> tuple[str, Path]:
        """Make a job's folder: its name, and where the upload belongs."""
        name = secrets.token_urlsafe(16)
        folder = self._folder / name
        try:
            folder.mkdir(mode=0o700)
            (folder / OWNER).write_text(self._owners.own, encoding="ascii")
        except OSError as error:
            raise output_error(folder, error) from error
        return name, folder / UPLOAD

    def submit(self, name: str, ticket: Ticket, language: str, webhook: str = "") -> Job:
        """Check the upload and line it up; its place is freed at the end.

        Raises:
            InputError: it is no video, or one over the limits.
            Problem: the address has enough to do already.
        """
        upload = self._folder / name / UPLOAD
        self._queue.arrived(ticket)
        check_container(upload)
        try:
            # What can be refused by its header is, before a frame is decoded; one at a time.
            with self._opening:
                work = self._check(*probe(upload, self._budget))
        except InputError as error:
            raise InputError(without(upload, str(error))) from error
        self._queue.declare(ticket, work)
        job = Job(name)
        self._tell(job)
        self._turns.add(ticket.address, work, partial(self._run, job, ticket, language, webhook))
        self._thread.submit(self._run_next)
        return job

    def names(self) -> list[str]:
        """Names of all jobs, of all workers, the newest first."""
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError):
                found.append(((folder / STATE).stat().st_mtime, folder.name))
        return [name for _, name in sorted(found, reverse=True)]

    def get(self, name: str) -> Job:
        """Look a job up.

        Raises:
            Problem: there is none of that name.
        """
        try:
            raw = json.loads((self._of(name) / STATE).read_text(encoding="utf-8"))
        except OSError:
            raise unknown() from None
        job = Job(**raw)
        if job.state in UNFINISHED and not self._owned(self._of(name)):
            job.state, job.error = (
                "failed",
                "The server was interrupted at this video: send it again.",
            )
        return job

    def file(self, name: str, kind: str) -> Path:
        """Return the path of a finished job's result.

        Raises:
            Problem: there is no such job, or it is not done.
        """
        if self.get(name).state != "done":
            raise Problem(409, "The video is not done: ask for its state until it is.")
        return self._of(name) / SINKS[kind].file_name

    def remove(self, name: str) -> None:
        """Cancel a job if it still runs, and remove its files.

        Raises:
            Problem: there is none of that name.
        """
        state = self.get(name).state
        folder = self._of(name)
        if state in UNFINISHED:
            # Whichever worker runs it sees the mark and removes the folder.
            with contextlib.suppress(OSError):
                (folder / STATE).unlink()
                (folder / CANCEL).touch()
            return
        shutil.rmtree(folder, ignore_errors=True)

    def discard(self, name: str) -> None:
        """Remove the folder of a job that was never submitted."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def sweep(self) -> None:
        """Remove results that were kept for long enough, and what crashed workers left."""
        now_s, seen = time.monotonic(), {}
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError, Problem):
                if not self._owned(folder):
                    self._inherit(folder)
                # How long it has stood is counted here, as the clock of files may jump.
                changed = (folder / STATE).stat().st_mtime
                before, since_s = self._seen.get(folder.name, (changed, now_s))
                seen[folder.name] = changed, (since_s if before == changed else now_s)
                if now_s - seen[folder.name][1] >= self._limits.results_s:
                    self.remove(folder.name)
        self._seen = seen
        for gone in self._owners.remove_dead():
            self._metrics.forget(gone)

    def _owned(self, folder: Path) -> bool:
        """Whether the worker that has a job lives."""
        try:
            return self._owners.lives((folder / OWNER).read_text(encoding="ascii"))
        except OSError:
            return False

    def _inherit(self, folder: Path) -> None:
        """Clear away a crashed worker's job; finished results stay for their time."""
        try:
            job = self.get(folder.name)
        except Problem:
            shutil.rmtree(folder, ignore_errors=True)
            return
        (folder / UPLOAD).unlink(missing_ok=True)
        raw = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if raw["state"] in UNFINISHED:
            for part in folder.iterdir():
                if part.name not in (STATE, OWNER):
                    part.unlink(missing_ok=True)
            self._metrics.outcomes.labels("interrupted").inc()
            self._tell(job)

    def close(self) -> None:
        """Cancel what runs and wait for its end."""
        self._ending.set()
        if self._reading is not None:
            self._reading.kill()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._webhooks.close()
        self._owners.close()

    def _of(self, name: str) -> Path:
        if not IDENTIFIER.fullmatch(name):
            raise unknown()
        return self._folder / name

    def _check(self, duration_s: float, work: int) -> int:
        """Hold a video to the limits by what its header says; its frames' pixels together."""
        if duration_s > self._limits.video_s:
            raise too_long(self._limits.video_s)
        if work > self._limits.video_work:
            raise too_much()
        return work

    def _tell(self, job: Job) -> None:
        with replacing(self._folder / job.id / STATE) as part:
            part.write_text(json.dumps(asdict(job)), encoding="utf-8")

    def _run_next(self) -> None:
        self._turns.take()()

    def _run(self, job: Job, ticket: Ticket, language: str, webhook: str) -> None:
        folder = self._folder / job.id
        outcome = "failed"
        # A film's frames are large, and the networks look at small copies of them.
        give_back_all_memory()
        try:
            self._analyze(job, ticket, folder, language)
            outcome = job.state = "done"
            job.progress = 1.0
        except _Cancelled:
            outcome = "cancelled"
        except MimikaError as error:
            job.state = "failed"
            job.error = without(folder / UPLOAD, str(error))
        except Exception:
            job.state, job.error = "failed", "The server failed at this video; its log says where."
            raise
        finally:
            self.release(ticket)
            gc.collect()
            give_back_all_memory()
            self._metrics.outcomes.labels(outcome).inc()
            if self._cancelled(folder):
                shutil.rmtree(folder, ignore_errors=True)
            else:
                (folder / UPLOAD).unlink(missing_ok=True)
                if job.state == "failed":
                    self._remove_results(folder)
                self._finish(job)
                self._kept.add(ticket.address, folder)
                if webhook:
                    self._webhooks.tell_soon(webhook, asdict(job))

    def _remove_results(self, folder: Path) -> None:
        for kind in downloads():
            (folder / kind.file_name).unlink(missing_ok=True)

    def _finish(self, job: Job) -> None:
        """Write a job's last state, also on a full disk: the results give their room."""
        try:
            self._tell(job)
        except OutputError:
            self._remove_results(self._folder / job.id)
            job.state, job.error = (
                "failed",
                "The server's disk is full: send the video again later.",
            )
            job.summary = None
            self._tell(job)

    def _cancelled(self, folder: Path) -> bool:
        return self._ending.is_set() or (folder / CANCEL).exists() or not folder.exists()

    def _analyze(self, job: Job, ticket: Ticket, folder: Path, language: str) -> None:
        from mimika.drawing.overlay import Overlay

        written_s = 0.0
        source: FilmReader
        meter = FilmMeter(self._limits, self._queue, ticket)

        def tell_progress(progress: Progress) -> None:
            nonlocal written_s
            meter.count(progress, source.size)
            job.frames = progress.frames
            if time.monotonic() - written_s > TOLD_EVERY_S:
                written_s = time.monotonic()
                if self._cancelled(folder):
                    raise _Cancelled
                share = progress.share
                job.progress = None if share is None else min(0.99, share)
                self._tell(job)
            pauses.pause()

        warned: list[str] = []
        with ExitStack() as stack:
            pauses = Pauses(self._analysis.wait_until_idle)
            source = FilmReader(folder / UPLOAD, self._budget, pauses.pause)
            stack.enter_context(source)
            self._reading = source
            recognizer = stack.enter_context(self._analysis.recognizer.fork())
            context = SinkContext(
                source=source.info,
                schema=recognizer.schema,
                overlay=Overlay(language=language),
                warn=warned.append,
            )
            sinks: list[Sink] = []
            for kind in written_while_seen():
                sink = stack.enter_context(kind.open(folder / kind.file_name, context))
                sinks.append(sink if kind.option == FILM else AtFullSize(sink, source))
            job.state = "running"
            summary = process(source, sinks=sinks, recognizer=recognizer, on_progress=tell_progress)
        finish(folder, source, recognizer.schema, self._budget, warned.append)
        job.warnings = [without(folder / UPLOAD, each) for each in (*source.warnings, *warned)]
        job.summary = summary.to_dict()
        self._metrics.frames.labels("video").inc(job.frames)
