"""Several recordings at once: a process each, so that all processors work."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimika.audience.cache import Cache
    from mimika.batch.task import Result
    from mimika.pipeline.settings import Settings
    from mimika.timeline.resample import Timeline


def read_ahead(files: Iterable[Path], cache: Cache, settings: Settings, language: str) -> None:
    """Recognize the films that are not known yet and keep their timelines.

    Nothing is done for fewer than two films or on one processor; what cannot be read is left for
    whoever asks for it, and says why.

    Args:
        files: the recordings.
        cache: where timelines are kept; after Ctrl-C those that are done stay.
        settings: how faces are found and judged.
        language: of what is said on the way.

    Raises:
        MimikaError: the model cannot be used, or the disk is full.
    """
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli._recordings import is_film
    from mimika.base.processors import processors
    from mimika.batch.local import LocalWorkers
    from mimika.batch.task import Task

    films = [file for file in files if is_film(file) and _is_new(file, cache)]
    if min(len(films), processors()) < 2:
        return
    tasks = [Task(str(film), str(film)) for film in films]
    with progress_bar() as show_progress, closing(LocalWorkers(settings, 0.0)) as workers:
        plans = workers.each("plan", tasks)
        upright = [replace(task, turn=plan.turn) for task, plan in plans if not plan.failed]
        for done, (task, result) in enumerate(workers.each("read", upright), 1):
            if not result.failed:
                _keep(Path(task.file), result, cache, language)
            if show_progress is not None:
                show_progress("recordings", done, len(upright))


def _is_new(film: Path, cache: Cache) -> bool:
    from mimika.base.errors import InputError

    try:
        return not cache.knows(film)
    except InputError:
        return False


def _keep(film: Path, result: Result, cache: Cache, language: str) -> None:
    from mimika.apps.cli.console import notice
    from mimika.apps.words import counted, word
    from mimika.batch.dataset import about_of

    timeline = _timeline(result.part, cache.folder)
    if timeline.seen():
        cache.keep(film, timeline)
    # Only now: who presses Ctrl-C after this line need not wait for the film again.
    about = about_of(result.part)
    frames = counted("frames", about["frames"], language)
    notice(word("read_in", language, film=film.name, frames=frames, seconds=about["took_s"]))
    if about["why"]:
        notice(f"{film.name}: {about['why']}")


def _timeline(part: bytes, folder: Path) -> Timeline:
    """A worker's results at the fixed rate.

    Raises:
        OutputError: the folder cannot be written.
    """
    from mimika.base.files import output_error
    from mimika.timeline.read import read_results
    from mimika.timeline.resample import Timeline

    timeline = Timeline()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as name:
            file = Path(name) / "part.parquet"
            file.write_bytes(part)
            for each in read_results(file):
                timeline.add(each)
    except OSError as error:
        raise output_error(folder, error) from error
    return timeline
