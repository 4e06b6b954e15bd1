"""One film or many: which are meant, and how the run goes on after a bad one."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError, MimikaError
from mimika.base.names import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.apps.cli._input import Reading
    from mimika.apps.cli._output import Output
    from mimika.pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Films:
    """The films that a command line means.

    Attributes:
        names: files and addresses, in order.
        several: there is more than one, or there could be: a folder or a pattern.
    """

    names: tuple[str, ...]
    several: bool


def find_films(words: Sequence[str]) -> Films:
    """Find the films that words mean: files, addresses, folders (not those in them), patterns.

    Files need not be there.

    Raises:
        InputError: a folder or pattern holds no film.
    """
    from mimika.base.patterns import is_pattern, matching, natural_order

    names: list[str] = []
    several = len(words) > 1
    for word in words:
        try:
            path = path_of(word)
        except InputError as error:
            cause = error.__cause__
            if not isinstance(cause, OSError) or cause.errno == errno.ENAMETOOLONG:
                raise  # no file can have such a name
            # Whoever opens it says what is wrong with it, and the others are still read.
            names.append(word)
            continue
        if "://" not in word and path.is_dir():
            inside = [each for each in path.iterdir() if _is_film(each)]
            if not inside:
                raise InputError(f"The folder {word} holds no film: name a folder that does.")
            names += [str(each) for each in sorted(inside, key=natural_order)]
            several = True
        elif "://" not in word and is_pattern(word):
            found = [each for each in matching(word) if _is_film(each)]
            if not found:
                raise InputError(f"No film matches {word}: check the pattern.")
            names += [str(each) for each in found]
            several = True
        else:
            names.append(word)
    return Films(tuple(dict.fromkeys(names)), several)


def see_films(
    films: Films, reading: Reading, settings: Settings, output: Output, *, resume: bool = False
) -> int:
    """Run films one after another; a bad one is named, and the others still run.

    Returns:
        0, or the exit code of what went wrong with some; 1 where that differs.

    Raises:
        MimikaError: there is only one film, or something is wrong for all of them.
    """
    from mimika.apps.cli._play import play
    from mimika.apps.cli._targets import film_targets
    from mimika.apps.cli.console import complain, out, shown
    from mimika.apps.words import word
    from mimika.base.files import check_distinct
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sinks.table import SINKS

    targets = {
        option: film_targets(SINKS[option], target, films.names, several=films.several)
        for option, target in output.files.items()
    }
    paths = [path for each in targets.values() for path in each]
    if resume:
        # What is whole is left alone, and of what is not the rest is written.
        check_distinct(paths, films.names)
        paths = [path for path in paths if not path.exists()]
    output.claim(paths, inputs=films.names)
    recognizer = None
    bad: list[tuple[str, MimikaError]] = []
    for i, film in enumerate(films.names):
        files = {option: paths[i] for option, paths in targets.items()}
        if films.several:
            recognizer = recognizer or Recognizer(settings)
            if not output.quiet:
                out.print(shown(film), style="bold", soft_wrap=True)
        try:
            play(
                reading.opener(film),
                settings,
                output,
                files=files,
                title=film,
                window=False if films.several else None,
                recognizer=recognizer and recognizer.fork(),
                resume=resume,
                reading=reading,
            )
        except MimikaError as error:
            if not films.several:
                raise
            complain(str(error))
            bad.append((film, error))
    if not bad:
        return 0
    complain(word("bad_films", output.lang, bad=len(bad), all=len(films.names)))
    for film, _ in bad:
        complain(f"  {film}")
    codes = {error.exit_code for _, error in bad}
    return codes.pop() if len(codes) == 1 else MimikaError.exit_code


def _is_film(path: Path) -> bool:
    from mimika.sources.listing import FILM_SUFFIXES

    return path.suffix.lower() in FILM_SUFFIXES | {".gif"} and path.is_file()
