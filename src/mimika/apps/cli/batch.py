"""`mimika batch`: many recordings to one data set, on all processors."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._options import AT_LEAST_0, OUTPUT_NAMES, Quiet
from mimika.apps.cli._output import SettingsOption
from mimika.base.names import path_of
from mimika.pipeline.settings import Settings


def batch(
    recordings: Annotated[list[str], Parameter(negative="")],
    /,
    *,
    output: Annotated[str, OUTPUT_NAMES],
    workers: Annotated[int, Parameter(validator=AT_LEAST_0)] = 0,
    segment: Annotated[float, Parameter(validator=AT_LEAST_0)] = 300.0,
    address: str | None = None,
    quiet: Quiet = False,
    settings: SettingsOption = Settings(),
) -> int:
    """Read many recordings to one Parquet data set, on all processors.

    The folder gets parts/ (a Parquet file a recording, whose rows name it) and recordings.csv: what
    was done, what failed and why. A recording that cannot be read does not stop the rest; of one
    that breaks off there is what could be read (state incomplete, exit code 8). Stopped and started
    again it goes on; what was read with the same settings is not read again.

    Examples:
        mimika batch recordings/ -o data/
        mimika batch "monday/*.mp4" tuesday/ -o data/ --model fast --every 2
        mimika batch s3://bucket/films/ -o s3://bucket/data --address auto

    Args:
        recordings: Films, folders of films, patterns such as "*.mp4", a .txt file with one of
            these a line, or addresses that fsspec knows (s3://, gs://).
        output: The data set's folder, or its address.
        workers: How many processors work; 0 takes all.
        segment: Long recordings are read in segments of about so many seconds, side by side; 0
            reads each in one.
        address: A Ray cluster instead of this machine's processes: HOST:PORT, auto for the one
            that this machine belongs to, or local to start one here.
    """
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet, complain, notice, out
    from mimika.apps.words import clock
    from mimika.base.errors import IncompleteInput, InputError
    from mimika.batch.dataset import Outcome
    from mimika.batch.run import run_batch

    be_quiet(quiet)
    files = _found(_listed(recordings))
    with progress_bar() as show_progress:

        def on_outcome(outcome: Outcome, done: int, total: int) -> None:
            if outcome.state != "done":
                named = outcome.file in outcome.why
                complain(outcome.why if named else f"{outcome.file}: {outcome.why}")
            if show_progress is not None:
                show_progress("recordings", done, total)

        outcomes = run_batch(
            files,
            output,
            settings,
            workers=workers,
            segment_s=segment,
            address=address,
            on_outcome=on_outcome,
        )
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    film_s = sum(outcome.film_s for outcome in outcomes)
    took_s = sum(outcome.took_s for outcome in outcomes)
    out.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} recordings, {clock(film_s)} in all; "
        f"took {clock(took_s)} of a processor."
    )
    notice(f"Wrote {output.rstrip('/')}/recordings.csv")
    if failed:
        return InputError.exit_code
    broke_off = any(outcome.state == "incomplete" for outcome in outcomes)
    return IncompleteInput.exit_code if broke_off else 0


def _found(words: list[str]) -> list[str]:
    """The recordings that words mean: files, folders, patterns, addresses.

    Raises:
        InputError: a folder, pattern or address holds no film.
    """
    from mimika.apps.cli._films import find_films
    from mimika.batch.storage import is_address, listed
    from mimika.sources.listing import FILM_SUFFIXES

    found: list[str] = []
    for word in words:
        found += listed(word, FILM_SUFFIXES) if is_address(word) else find_films([word]).names
    return list(dict.fromkeys(found))


def _listed(words: list[str]) -> list[str]:
    """The words, with those of .txt files in their places.

    Raises:
        InputError: such a file cannot be read.
    """
    from mimika.base.errors import InputError

    found: list[str] = []
    for word in words:
        if not word.lower().endswith(".txt"):
            found.append(word)
            continue
        try:
            lines = path_of(word).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{word} cannot be read as a list of recordings.") from error
        found += [line.strip() for line in lines if line.strip()]
    return found
