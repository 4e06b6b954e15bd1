"""Where the command line speaks: results on standard output, notices on standard error.

Names of files are printed as they are: nothing in them is read as markup, control characters are
shown as escapes, and a console that lacks a letter gets an escape instead of it.

`out`, for results, and `err`, for progress, notices and errors, are made when they are first asked
for: Rich takes a tenth of the time in which a picture is read.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from typing import TYPE_CHECKING

from mimika.base.errors import memory_is_full, out_of_memory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimika.apps.cli._rich_console import RichConsole

    out: RichConsole
    err: RichConsole

_state = {"quiet": False}
_noticed: set[str] = set()
_PLAIN = {"…": "...", "—": "-", "–": "-", "×": "x", "●": "*", "°": " deg"}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after the person has been told what is kept."""


def __getattr__(name: str) -> RichConsole:
    """Make `out` or `err`."""
    if name not in {"out", "err"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mimika.apps.cli._rich_console import RichConsole

    made = globals()[name] = RichConsole(stderr=name == "err")
    made.quiet = name == "out" and _state["quiet"]
    return made


def _console(name: str) -> RichConsole:
    return getattr(sys.modules[__name__], name)


def be_quiet(quiet: bool) -> None:
    """Silence notices, progress and tables (`--quiet`); errors are still said."""
    _state["quiet"] = quiet
    if (made := globals().get("out")) is not None:
        made.quiet = quiet


def say(text: str, *, heading: str = "") -> None:
    """Print one line of results, after its heading; loads Rich for a terminal alone."""
    if sys.stdout.isatty() or "FORCE_COLOR" in os.environ:
        from rich.text import Text

        line = Text(heading, style="bold").append(text, style="not bold")
        _console("out").print(line, soft_wrap=True)
    elif not _state["quiet"]:
        print(heading + text, flush=True)


def as_typed(text: str) -> str:
    """Name commands in the form in which the user typed this one, such as `python3 main.py`.

    `main.py` and the packed program say so in the variable MIMIKA_COMMAND.
    """
    typed = os.environ.get("MIMIKA_COMMAND")
    if not typed:
        return text
    return re.sub(r"(`|^)mimika (?=[a-zA-Z-])", lambda m: f"{m[1]}{typed} ", text, flags=re.M)


def is_quiet() -> bool:
    """Whether `--quiet` was given."""
    return _state["quiet"]


def notice(text: str) -> None:
    """Say one line on standard error, unless `--quiet`."""
    if not _state["quiet"]:
        _console("err").print(shown(as_typed(text)), style="yellow", soft_wrap=True)


def notice_once(texts: Iterable[str]) -> None:
    """Say each of the lines, but for those that were said so before."""
    for text in texts:
        if text not in _noticed:
            _noticed.add(text)
            notice(text)


def complain(text: str) -> None:
    """Say one error line on standard error."""
    line = f"mimika: {shown(as_typed(text))}"
    try:
        _console("err").print(line, style="red", soft_wrap=True)
    except Exception as error:
        if not (out_of_memory(error) or memory_is_full()):
            raise
        # Too little was left for Rich.
        print(line, file=sys.stderr)


def shown(text: object) -> str:
    """Return a name or sentence fit for one line: what is no printable character as an escape."""
    return "".join(map(_escaped, str(text)))


def harmless(text: str) -> str:
    """As `shown`, for texts of several lines."""
    return "".join(letter if letter == "\n" else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def print_what_the_console_can() -> None:
    """Make standard output and error write an escape for what their encoding lacks."""
    codecs.register_error("mimika", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="mimika")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(c, ascii(c)[1:-1]) for c in missing), error.end
