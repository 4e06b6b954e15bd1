"""Where the command line speaks: results on standard output, notices on standard error.

Names of files are printed as they are: nothing in them is read as markup, control characters are
shown as escapes, and a console that lacks a letter gets an escape instead of it.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment


USUAL_WIDTH = 80


class _Console(Console):
    """Prints strings as they are: no markup, no emoji codes, nothing that steers the terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        # Emacs, and terminals that do not know their width, say 0.
        width = USUAL_WIDTH if os.environ.get("COLUMNS", "").strip() == "0" else None
        super().__init__(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_harmless(o) if isinstance(o, str) else o for o in objects), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render; help, which is Markdown, names commands as they were typed."""
        # Only help loads it.
        module = sys.modules.get("rich.markdown")
        if module is not None and isinstance(renderable, module.Markdown):
            renderable = module.Markdown(as_typed(renderable.markup))
        return super().render(renderable, options)


out = _Console()
"""Results."""

err = _Console(stderr=True)
"""Progress, notices and errors."""

_state = {"quiet": False}
_noticed: set[str] = set()
_PLAIN = {"…": "...", "—": "-", "–": "-", "×": "x", "●": "*", "°": " deg"}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after the person has been told what is kept."""


def be_quiet(quiet: bool) -> None:
    """Silence notices, progress and tables (`--quiet`); errors are still said."""
    _state["quiet"] = quiet
    out.quiet = quiet


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
        err.print(shown(as_typed(text)), style="yellow", soft_wrap=True)


def notice_once(texts: Iterable[str]) -> None:
    """Say each of the lines, but for those that were said so before."""
    for text in texts:
        if text not in _noticed:
            _noticed.add(text)
            notice(text)


def complain(text: str) -> None:
    """Say one error line on standard error."""
    err.print(f"mimika: {shown(as_typed(text))}", style="red", soft_wrap=True)


def shown(text: object) -> str:
    """Return a name or sentence fit for one line: what is no printable character as an escape."""
    return "".join(map(_escaped, str(text)))


def _harmless(text: str) -> str:
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
