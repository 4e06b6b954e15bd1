"""`mimika audience`: many viewers of one film, to the moments that move them and a cut list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import AT_LEAST_0, Language, Overwrite, Quiet, Target
from mimika.apps.cli._output import SettingsOption
from mimika.pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.audience.cache import Cache
    from mimika.audience.collect import Collected, Film
    from mimika.audience.cuts import Clip
    from mimika.audience.edit import FilmFrames
    from mimika.audience.moments import FilmMoment
    from mimika.audience.shots import ShotFinder
    from mimika.audience.viewers import Recording

MOST_SHIFTS = Number(gte=100, lte=100_000)


def audience(
    viewers: Path,
    /,
    *,
    film: Path,
    output: Target = Path("audience"),
    film_started: str | None = None,
    baseline: str | None = None,
    lag: Annotated[float | None, Parameter(validator=AT_LEAST_0)] = None,
    least: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    shifts: Annotated[int, Parameter(validator=MOST_SHIFTS)] = 1000,
    length: Annotated[float, Parameter(validator=AT_LEAST_0)] = 60.0,
    order: Literal["film", "rising"] = "film",
    no_spoilers: Annotated[float, Parameter(validator=AT_LEAST_0)] = 0.0,
    no_shots: bool = False,
    trailer: Path | None = None,
    fade: Annotated[float, Parameter(validator=Number(gte=0, lte=1))] = 0.24,
    thumbnails: bool = False,
    delete_recordings: bool = False,
    lang: Language = "en",
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    settings: SettingsOption = Settings(),
) -> None:
    """Put viewers' recordings on the film's clock, and find what moved them all.

    Writes audience.html (no viewer is shown), moments.csv, curves.parquet, a cut list (cut.otio,
    cut.edl, cuts.csv), and under private/ what names viewers. Recordings are read once: run it
    again with other options, or after Ctrl-C, and it goes on from there.

    A recording shows as many viewers as faces are seen at once in it for a quarter of the time;
    --people 1 says that it is one.

    Examples:
        mimika audience viewers/ --film episode.mp4 -o audience/
        mimika audience viewers.csv --film episode.mp4 --lag 0.8 --lang ru
        mimika audience viewers/ --film episode.mp4 --no-spoilers 5 --trailer trailer.mp4

    Args:
        viewers: A folder of recordings, the output of `mimika batch`, or a table with the columns
            viewer, file and, as far as they are known, offset_s, film_started and group.
        film: The film that was watched. Its sound, heard in the recordings, aligns them.
        film_started: When the film began, such as 2026-11-26T20:15:00+01:00: recordings are placed
            by their recorders' clocks, as far as they are in their files.
        baseline: Where faces are at rest: seconds from the beginning, or a span such as 60-90; else
            each one's calmest stretch is found.
        lag: How many seconds after the film viewers react; else it is estimated.
        least: Least mean departure of a moment, in robust standard deviations at rest.
        shifts: How many shifted audiences p-values come from.
        length: Length of the cut in seconds; 0 makes none.
        order: Order of its pieces: film, or rising (the weakest first).
        no_spoilers: Use nothing of the film's last minutes.
        no_shots: Do not move cuts to those of the film.
        trailer: Write the cut as a film here.
        fade: Seconds in which its pieces dissolve into each other; 0 cuts hard.
        thumbnails: Keep small pictures of the faces that each moment moved the most in the page.
        delete_recordings: Delete the recordings when all is written and can be read back.
        lang: Language of the page and the table: en or ru.
    """
    from mimika.apps.cli._read_ahead import read_ahead
    from mimika.apps.cli._recordings import RecordingReader, is_film, recording_suffixes, rest_of
    from mimika.apps.cli._run import name_written
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice
    from mimika.apps.report.audience_page import AudienceReport
    from mimika.apps.report.build_audience import (
        PRIVATE,
        VIEWERS,
        check_packages,
        files_in,
        write_audience,
    )
    from mimika.apps.report.strip import film_strip
    from mimika.apps.report.thumbnails import audience_thumbnails
    from mimika.audience.cache import Cache
    from mimika.audience.collect import Film, collect
    from mimika.audience.shots import ShotFinder
    from mimika.audience.stack import stack
    from mimika.audience.study import study
    from mimika.audience.viewers import find_recordings
    from mimika.base.errors import UsageError

    be_quiet(quiet)
    check_packages()
    shots = ShotFinder(film) if length and not no_shots else None
    if trailer is not None and not length:
        raise UsageError("--trailer needs a cut: give --length more than 0.")
    recordings = _with_start(find_recordings(viewers, recording_suffixes()), film_started)
    claim(
        [*files_in(output), trailer],
        inputs=[film, *(recording.file for recording in recordings)],
        overwrite=overwrite,
    )
    watched = Film(film)
    if length and 60 * no_spoilers >= watched.duration_s:
        raise UsageError(
            f"--no-spoilers {no_spoilers:g} leaves nothing of a film of "
            f"{watched.duration_s / 60:.1f} minutes: give less, or no cut (--length 0)."
        )
    cache = Cache(output / PRIVATE, repr(settings))
    read_ahead([recording.file for recording in recordings], cache, settings, lang)
    collected = collect(
        recordings,
        watched,
        cache,
        RecordingReader(settings, lang),
        is_film=is_film,
        most_people=settings.people or None,
        rest=rest_of(baseline, settings, lang),
    )
    _tell(collected)
    found = study(
        stack(collected.viewers, watched.duration_s),
        loudness=watched.loudness if lag is None else None,
        lag_s=lag,
        least=least,
        shifts=shifts,
    )
    frames, clips = None, None
    if length:
        frames, clips = _cut(watched, found.moments, length, order, no_spoilers, shots)
    report = AudienceReport(
        study=found,
        film=film.name,
        film_address=_beside(film, output),
        strip=film_strip(film, watched.duration_s),
        clips=clips,
        left_out=len(collected.left_out),
        least=least,
        shifts=shifts,
        placed=[viewer.alignment.source for viewer in collected.viewers],
        thumbnails=audience_thumbnails(found, collected, is_film) if thumbnails else (),
    )
    if thumbnails and not any(report.thumbnails):
        notice("There is no face to be shown: the page is without thumbnails.")
    written = write_audience(output, report, collected, lang)
    if frames is not None and clips:
        written += _write_cut(output, frames, clips, trailer, fade)
    else:
        _no_cut(output, asked=bool(length), trailer=trailer)
    _print(found.moments, least, lang)
    name_written(written, lang)
    if delete_recordings:
        _delete(collected, cache, written, output / PRIVATE / VIEWERS)


def _with_start(recordings: list[Recording], text: str | None) -> list[Recording]:
    """The recordings, with when the film began where their table does not say it.

    Raises:
        UsageError: the text is no time.
    """
    from mimika.audience.clock import EXAMPLE, read_time
    from mimika.base.errors import UsageError

    if text is None:
        return recordings
    started = read_time(text)
    if started is None:
        raise UsageError(f"--film-started is a time such as {EXAMPLE}, and {text!r} is not.")
    return [replace(each, film_started=each.film_started or started) for each in recordings]


def _tell(collected: Collected) -> None:
    from mimika.apps.cli.console import notice

    for note in collected.notes:
        notice(note)
    for recording, why in collected.left_out:
        notice(f"Left out: {recording.title}. {why}")


def _cut(
    film: Film,
    moments: Sequence[FilmMoment],
    length_s: float,
    order: Literal["film", "rising"],
    no_spoilers_min: float,
    shots: ShotFinder | None,
) -> tuple[FilmFrames, list[Clip]]:
    from mimika.audience.cuts import choose_clips, on_frames
    from mimika.audience.edit import FilmFrames

    frames = FilmFrames.of(film.path)
    clips = choose_clips(
        moments,
        length_s=length_s,
        duration_s=film.duration_s,
        order=order,
        no_spoilers_s=60 * no_spoilers_min,
        shots=shots,
    )
    return frames, [on_frames(clip, float(frames.rate)) for clip in clips]


def _write_cut(
    folder: Path, frames: FilmFrames, clips: list[Clip], trailer: Path | None, fade_s: float
) -> list[Path]:
    from mimika.apps.cli._progress import progress_bar
    from mimika.audience.edit import write_edit
    from mimika.audience.trailer import write_trailer

    written = write_edit(folder, frames, clips, f"{frames.path.stem} trailer")
    if trailer is not None:
        with progress_bar() as show_progress:
            write_trailer(trailer, frames, clips, show_progress, fade_s=fade_s)
        written.append(trailer)
    return written


def _no_cut(folder: Path, *, asked: bool, trailer: Path | None) -> None:
    """Say that there is none, and remove that of an earlier run: it is of other moments."""
    from mimika.apps.cli.console import notice
    from mimika.audience.edit import cut_files_in
    from mimika.base.files import remove

    if asked:
        without = "cut list" if trailer is None else f"cut list, and {trailer} is not written"
        notice(f"No moment is long and sure enough for a cut: there is no {without}.")
    for path in cut_files_in(folder):
        if not path.exists():
            continue
        remove(path)
        if not path.exists():
            notice(f"Removed {path}, an earlier run's.")


def _print(moments: Sequence[FilmMoment], least: float, language: str) -> None:
    from rich.table import Table

    from mimika.apps.cli.console import out
    from mimika.apps.report.words import Words
    from mimika.apps.words import clock
    from mimika.labels.emotions import translate

    words = Words(language)
    if not moments:
        out.print(words("no_film_moments", words.number(least)))
        return
    table = Table(title=words("film_moments"))
    for key in ("from", "peak", "to", "emotion", "reacted", "effect", "p"):
        table.add_column(words(key), justify="left" if key == "emotion" else "right")
    for moment in (each for each in moments if not each.by_chance):
        table.add_row(
            *(clock(max(0.0, t)) for t in (moment.onset_s, moment.peak_s, moment.end_s)),
            translate(moment.emotion, language),
            words.percent(moment.share),
            words.number(moment.effect),
            words("p_unknown") if moment.p is None else words.number(moment.p, 3),
        )
    if table.row_count:
        out.print(table)
    others = sum(moment.by_chance for moment in moments)
    if others:
        out.print(words("by_chance_line", others))


def _beside(film: Path, folder: Path) -> str:
    """Where the film lies seen from the page, "" where it lies in another part of the disk."""
    from urllib.parse import quote

    film, folder = film.resolve(), folder.resolve()
    if film.parent == folder:
        return quote(film.name)
    return quote(f"../{film.name}") if film.parent == folder.parent else ""


def _delete(collected: Collected, cache: Cache, written: Sequence[Path], table: Path) -> None:
    """Delete the recordings that were used, once all is written and can be read back; the table of
    viewers names their timelines then.

    Raises:
        InputError: a timeline cannot be read back; nothing is deleted then.
        OutputError: a file is missing, and nothing is deleted; or a recording cannot be deleted.
    """
    from mimika.apps.cli._recordings import is_film
    from mimika.apps.cli.console import notice
    from mimika.audience.files import write_viewers
    from mimika.base.errors import OutputError
    from mimika.timeline.files import read_timeline

    for path in written:
        if not path.is_file() or not path.stat().st_size:
            raise OutputError(f"{path} was not written: no recording is deleted; run it again.")
    files = sorted({r.file for r in collected.recordings if is_film(r.file)})
    for file in files:
        read_timeline(cache.kept(file))
    write_viewers(table, collected, {file: cache.kept(file) for file in files})
    for file in files:
        try:
            file.unlink()
        except OSError as error:
            raise OutputError(f"{file} cannot be deleted ({error.strerror or error}).") from error
        notice(f"Deleted {file}")
    notice(f"Their timelines stay: go on with `mimika audience {table}`.")
