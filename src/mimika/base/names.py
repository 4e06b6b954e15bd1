"""Names of files in text: file systems keep bytes, which need not be UTF-8."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError

if TYPE_CHECKING:
    from os import PathLike


UNUSABLE = {errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES}
"""What no look at a file gets past, as against one that is not there."""


def as_text(name: str) -> str:
    r"""Return a file's name as text that every encoding of Unicode takes.

    Bytes that are no UTF-8, which Python carries as lone surrogates (PEP 383), become escapes such
    as \xe9; other names stay as they are.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def shortened(name: str, most: int = 60) -> str:
    """Return a name fit for one line: as text, escaped, and with its beginning left out if long."""
    shown = as_text(name)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return shown if len(shown) <= most else "…" + shown[1 - most :]


def path_of(name: str | PathLike[str]) -> Path:
    """Return the path that a name means: `~` is the home folder, but for what exists as `~…`.

    A shell does this for its user; on Windows, and in Python, nobody does.

    Raises:
        InputError: the name is empty or too long, lies where this user may not look, or is an
            address.
    """
    if not str(name):
        raise InputError("A name is empty: give the name of a file, or . for this folder.")
    path = Path(name)
    if str(name).lower().startswith("file:") and not os.path.lexists(path):
        raise InputError(f"{name} is the address of a file: give its path, without file://.")
    if str(path).startswith("~") and not os.path.lexists(path):
        with suppress(RuntimeError):  # there is no such user
            path = path.expanduser()
    try:
        path.stat()
    except OSError as error:
        if error.errno in UNUSABLE:
            raise unreadable(path, error) from error
    except ValueError:
        # No file has such a name; what reads it says so.
        pass
    return path


def check_readable(path: Path) -> None:
    """Find out whether a file may be read; what reads it may not say why it could not.

    Raises:
        InputError: it may not.
    """
    try:
        path.open("rb").close()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> InputError:
    """The error of a file that is there, or may be, and cannot be read."""
    return InputError(
        f"{path} cannot be read ({error.strerror or error}): check the name, and who may read it."
    )
