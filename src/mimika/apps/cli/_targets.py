"""Where results go: the names of files for one film or many, and the guard over what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import OutputError, UsageError
from mimika.base.files import check_distinct, check_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mimika.sinks.table import SinkKind

NAME = "{name}"
"""Stands in a target for a film's name without its ending."""
STANDARD_OUTPUT = Path("-")


def claim(
    outputs: Iterable[Path | None],
    *,
    inputs: Iterable[str | Path | None] = (),
    overwrite: bool = False,
) -> None:
    """Make sure, before the work, that nothing of the user's is destroyed by it.

    No output is an input or another output; each can be written; what exists is replaced only with
    `overwrite`, or where a person at the terminal says so.

    Args:
        outputs: the files to be written; None and "-" (standard output) are passed over.
        inputs: what is read: files, or names that are no files.
        overwrite: replace what exists.

    Raises:
        OutputError: something stands in the way.
    """
    paths = [path for path in outputs if path is not None and path != STANDARD_OUTPUT]
    check_distinct(paths, [each for each in inputs if each is not None])
    for path in paths:
        check_writable(path)
        if path.exists() and not overwrite and not _may_replace(path):
            raise OutputError(
                f"{path} is there already: give another name, or --overwrite to replace it."
            )


def film_targets(
    kind: SinkKind, target: Path, films: Sequence[str], *, several: bool
) -> list[Path]:
    """Name the file that each film's results go to.

    The one rule: a target with `{name}` in it is a pattern for the films' names; a folder, or a
    name without an ending, is a folder that gets a file per film, called as the film is; any other
    target is one file, for one film.

    Args:
        kind: of the files.
        target: what was asked for.
        films: the films, in their order.
        several: more than one film was asked for, or may have been (a folder, a pattern).

    Raises:
        UsageError: there are several films for one file.
        OutputError: the target is there, and is neither.
    """
    names = _distinct_names(films)
    if NAME in str(target):
        return [Path(str(target).replace(NAME, name)) for name in names]
    if _is_folder(target):
        return [target / f"{name}{kind.suffixes[0]}" for name in names]
    if several:
        raise UsageError(
            f"There are several films, and --{kind.option} {target} is one file: name a folder, "
            f"or a pattern such as {target.with_name(NAME + target.suffix)}."
        )
    return [target]


def picture_target(kind: SinkKind, target: Path) -> Path:
    """Name the table of pictures: in a folder it gets the kind's usual name.

    Raises:
        OutputError: the target is there, and is neither file nor folder.
    """
    return target / kind.file_name if _is_folder(target) else target


def _is_folder(target: Path) -> bool:
    """Whether files go into it; what has no ending will be a folder."""
    if target.suffix or target.is_dir():
        return target.is_dir()
    if target.exists():
        raise OutputError(
            f"{target} is there and is no folder: give the name of a file, such as faces.csv. "
            "Results go to files, which appear when they are whole, not to pipes or devices."
        )
    return True


def _distinct_names(films: Sequence[str]) -> list[str]:
    """The films' names without their endings; a name that was there before gets a number."""
    names: list[str] = []
    for film in films:
        stem = Path(film.split("?")[0].rstrip("/")).stem or "film"
        name, number = stem, 2
        while name.casefold() in {each.casefold() for each in names}:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names


def _may_replace(path: Path) -> bool:
    """Ask the person at the terminal; no where there is none."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    from rich.prompt import Confirm
    from rich.text import Text

    from mimika.apps.cli.console import err, shown

    question = Text(f"{shown(path)} is there already. Replace it?")
    return Confirm.ask(question, console=err, default=False)
