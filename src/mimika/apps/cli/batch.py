"""`mimika batch`: many recordings to one data set, on all processors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mimika.apps.cli._options import AT_LEAST_0, Quiet, Target
from mimika.apps.cli._output import SettingsOption
from mimika.pipeline.settings import Settings


def batch(
    recordings: Annotated[list[str], Parameter(negative="")],
    /,
    *,
    output: Target,
    workers: Annotated[int, Parameter(validator=AT_LEAST_0)] = 0,
    quiet: Quiet = False,
    settings: SettingsOption = Settings(),
) -> int:
    """Read many recordings to one Parquet data set, each processor a recording.

    The folder gets parts/ (a Parquet file a recording, whose rows name it) and recordings.csv: what
    was done, what failed and why. A recording that cannot be read does not stop the rest. Stopped
    and started again it goes on; what was read with the same settings is not read again.

    Examples:
        mimika batch recordings/ -o data/
        mimika batch "monday/*.mp4" tuesday/ -o data/ --model fast --every 2

    Args:
        recordings: Films, folders of films, patterns such as "*.mp4", or a .txt file with one of
            these a line.
        workers: How many recordings are read at once; 0 takes one a processor.
    """
    from mimika.apps.cli._films import find_films
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet, complain, notice, out
    from mimika.base.errors import InputError
    from mimika.batch.dataset import Outcome
    from mimika.batch.run import run_batch

    be_quiet(quiet)
    files = [Path(name) for name in find_films(_listed(recordings)).names]
    with progress_bar() as tell:

        def told(outcome: Outcome, done: int, total: int) -> None:
            if outcome.state == "failed":
                complain(f"{outcome.file}: {outcome.why}")
            if tell is not None:
                tell("recordings", done, total)

        outcomes = run_batch(files, output, settings, workers=workers, on_outcome=told)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    film_s = sum(outcome.film_s for outcome in outcomes)
    took_s = sum(outcome.took_s for outcome in outcomes)
    out.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} recordings, {film_s / 3600:.2f} hours, "
        f"{took_s / 3600:.2f} hours of a processor."
    )
    notice(f"Wrote {output / 'recordings.csv'}")
    return InputError.exit_code if failed else 0


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
            lines = Path(word).expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{word} cannot be read as a list of recordings.") from error
        found += [line.strip() for line in lines if line.strip()]
    return found
