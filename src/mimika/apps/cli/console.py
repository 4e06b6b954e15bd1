"""Where the command line speaks: results on standard output, notices on standard error."""

from __future__ import annotations

from rich.console import Console

out = Console(highlight=False)
"""Results."""

err = Console(stderr=True, highlight=False)
"""Progress, notices and errors."""

_state = {"quiet": False}


def be_quiet(quiet: bool) -> None:
    """Silence notices, progress and tables (`--quiet`); errors are still said."""
    _state["quiet"] = quiet
    out.quiet = quiet


def is_quiet() -> bool:
    """Whether `--quiet` was given."""
    return _state["quiet"]


def notice(text: str) -> None:
    """Say one line on standard error, unless `--quiet`."""
    if not _state["quiet"]:
        err.print(text, style="yellow", markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """Say one error line on standard error."""
    err.print(f"mimika: {text}", style="red", markup=False, soft_wrap=True)
