"""Names of files in text: file systems keep bytes, which need not be UTF-8."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike


def as_text(name: str) -> str:
    r"""Return a file's name as text that every encoding of Unicode takes.

    Bytes that are no UTF-8, which Python carries as lone surrogates (PEP 383), become escapes such
    as \xe9; other names stay as they are.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def path_of(name: str | PathLike[str]) -> Path:
    """Return the path that a name means: `~` is the home folder, but for what exists as `~…`.

    A shell does this for its user; on Windows, and in Python, nobody does.
    """
    path = Path(name)
    if not str(path).startswith("~") or os.path.lexists(path):
        return path
    try:
        return path.expanduser()
    except RuntimeError:
        # There is no such user.
        return path
