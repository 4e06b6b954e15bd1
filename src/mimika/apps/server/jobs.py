"""Videos in the background: a bounded queue, one at a time, state in files for all workers."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.apps.server.containers import check_container
from mimika.apps.server.downloads import downloads
from mimika.apps.server.problems import Problem, overloaded
from mimika.base.errors import InputError, MimikaError
from mimika.base.files import replacing
from mimika.pipeline.process import process
from mimika.sinks.table import SINKS, SinkContext
from mimika.sources.video import Video

if TYPE_CHECKING:
    from mimika.apps.server.metrics import Metrics
    from mimika.apps.server.options import Limits
    from mimika.pipeline.process import Progress
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sources.frame import SourceInfo

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{22}")
STATE, UPLOAD, CANCEL = "state.json", "upload", "cancel"
TOLD_EVERY_S = 0.25


@dataclass(slots=True)
class Job:
    """One video; `JobShape` without the links.

    Attributes:
        id: its name, which cannot be guessed.
        state: queued, running, done or failed.
        progress: share that is done, in [0, 1]; None where the length is not known.
        frames: frames analysed so far.
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
        self, folder: Path, recognizer: Recognizer, limits: Limits, metrics: Metrics
    ) -> None:
        """Begin; each worker analyses one video at a time."""
        self._folder, self._recognizer = folder, recognizer
        self._limits, self._metrics = limits, metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="video")
        self._ending = threading.Event()
        self._own = 0
        self._lock = threading.Lock()

    def reserve(self) -> None:
        """Take a place in the queue, before the upload is read.

        Raises:
            Problem: there is none.
        """
        with self._lock:
            if self._own >= self._limits.jobs:
                self._metrics.refused.labels("jobs").inc()
                raise overloaded(f"{self._own} videos are waiting already")
            self._own += 1
        self._metrics.jobs.inc()

    def release(self) -> None:
        """Give the place back."""
        with self._lock:
            self._own -= 1
        self._metrics.jobs.dec()

    def create(self) -> tuple[str, Path]:
        """Make a job's folder: its name, and where the upload belongs."""
        name = secrets.token_urlsafe(16)
        (self._folder / name).mkdir(mode=0o700)
        return name, self._folder / name / UPLOAD

    def submit(self, name: str, language: str) -> Job:
        """Check the upload and line it up; the place was reserved before, and is freed at the end.

        Raises:
            InputError: it is no video, or one over the limits.
        """
        upload = self._folder / name / UPLOAD
        check_container(upload)
        try:
            with Video(upload) as video:
                self._check(video.info)
        except InputError as error:
            raise InputError(_without(upload.parent, str(error))) from error
        job = Job(name)
        self._tell(job)
        self._thread.submit(self._run, job, language)
        return job

    def get(self, name: str) -> Job:
        """Look a job up.

        Raises:
            Problem: there is none of that name.
        """
        try:
            raw = json.loads((self._of(name) / STATE).read_text(encoding="utf-8"))
        except OSError:
            raise _unknown() from None
        return Job(**raw)

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
        if state in ("queued", "running"):
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
        """Remove results that were kept for long enough."""
        oldest = time.time() - self._limits.results_s
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError, Problem):
                if (folder / STATE).stat().st_mtime < oldest:
                    self.remove(folder.name)

    def close(self) -> None:
        """Cancel what runs and wait for its end."""
        self._ending.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _of(self, name: str) -> Path:
        if not IDENTIFIER.fullmatch(name):
            raise _unknown()
        return self._folder / name

    def _check(self, info: SourceInfo) -> None:
        if info.width * info.height > self._limits.video_pixels:
            raise InputError(
                f"The video has frames of {info.width}x{info.height} pixels, more than are taken: "
                "scale it down."
            )
        if (info.duration_s or 0.0) > self._limits.video_s:
            raise _too_long(self._limits.video_s)

    def _tell(self, job: Job) -> None:
        with replacing(self._folder / job.id / STATE) as part:
            part.write_text(json.dumps(asdict(job)), encoding="utf-8")

    def _run(self, job: Job, language: str) -> None:
        folder = self._folder / job.id
        try:
            self._analyse(job, folder, language)
            job.state, job.progress = "done", 1.0
        except _Cancelled:
            pass
        except MimikaError as error:
            job.state = "failed"
            job.error = _without(folder, str(error))
        except Exception:
            job.state, job.error = "failed", "The server failed at this video; its log says where."
            raise
        finally:
            self.release()
            if self._cancelled(folder):
                shutil.rmtree(folder, ignore_errors=True)
            else:
                (folder / UPLOAD).unlink(missing_ok=True)
                self._tell(job)

    def _cancelled(self, folder: Path) -> bool:
        return self._ending.is_set() or (folder / CANCEL).exists() or not folder.exists()

    def _analyse(self, job: Job, folder: Path, language: str) -> None:
        from mimika.drawing.overlay import Overlay

        told_s = 0.0

        def tell(progress: Progress) -> None:
            nonlocal told_s
            if progress.result.time_s > self._limits.video_s:
                raise _too_long(self._limits.video_s)
            job.frames = progress.frames
            if time.monotonic() - told_s > TOLD_EVERY_S:
                told_s = time.monotonic()
                if self._cancelled(folder):
                    raise _Cancelled
                share = progress.share
                job.progress = None if share is None else min(0.99, share)
                self._tell(job)

        with ExitStack() as stack:
            source = stack.enter_context(Video(folder / UPLOAD))
            recognizer = stack.enter_context(self._recognizer.fork())
            context = SinkContext(
                source=source.info,
                schema=recognizer.schema,
                overlay=Overlay(language=language),
            )
            sinks = [
                stack.enter_context(kind.open(folder / kind.file_name, context))
                for kind in downloads()
            ]
            job.state = "running"
            summary = process(source, sinks=sinks, recognizer=recognizer, on_progress=tell)
            job.warnings = [_without(folder, warning) for warning in source.warnings]
        job.summary = summary.to_dict()
        self._metrics.frames.labels("video").inc(job.frames)


def _without(folder: Path, sentence: str) -> str:
    # Paths of this machine are nobody's business.
    return sentence.replace(str(folder / UPLOAD), "The video").replace(f"{folder}/", "")


def _unknown() -> Problem:
    return Problem(404, "There is no such video here: it was removed, or never sent.")


def _too_long(most_s: float) -> InputError:
    return InputError(f"The video is longer than the {most_s:g} seconds that are taken: cut it.")
