"""`mimika`: finds the verbs, parses the line, turns errors into one sentence and an exit code."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import signal
import sys
from itertools import takewhile
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

import mimika.apps.cli as verbs
from mimika.apps.cli._start import start
from mimika.apps.cli.console import complain, err, out
from mimika.base.errors import MimikaError
from mimika.base.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOT_VERBS = {"main", "console"}
USAGE, INTERRUPTED, BROKEN_PIPE, FAILED = 2, 130, 141, 1

EPILOGUE = """Without a verb Mimika opens the webcam; where there is none, or no screen, it plays
the demo clip and writes what it saw to mimika-out/. `mimika VERB --help` tells more."""


def build(*, helping: bool = False) -> App:
    """Put the command line together.

    Args:
        helping: import the verbs now, for their help; else a verb's module is imported only when
            it is used.
    """
    app = App(
        name="mimika",
        help="Reads emotions from faces, live: webcam, video, pictures. No GPU, no network.",
        help_epilogue=EPILOGUE,
        help_format="markdown",
        version=__version__,
        version_flags=["--version", "-V"],
        console=out,
        error_console=err,
        default_parameter=Parameter(negative=""),
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for module in pkgutil.iter_modules(verbs.__path__):
        if module.name in NOT_VERBS or module.name.startswith("_"):
            continue
        path = f"{verbs.__name__}.{module.name}"
        if helping:
            verb = getattr(importlib.import_module(path), module.name)
            app.command(verb, name=module.name, help_epilogue=_examples(verb))
        else:
            app.command(f"{path}:{module.name}", name=module.name)
    app.register_install_completion_command(name="--install-completion")
    app.default(start)
    return app


def _examples(verb: Callable[..., object]) -> str:
    """The `Examples:` of a verb's docstring, one command a line; it ends the verb's help."""
    lines = inspect.cleandoc(verb.__doc__ or "").splitlines()
    if "Examples:" not in lines:
        return ""
    lines = lines[lines.index("Examples:") + 1 :]
    taken = list(takewhile(lambda line: not line or line.startswith(" "), lines))
    return "Examples:\n\n```\n" + "\n".join(line.strip() for line in taken if line) + "\n```"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        arguments: the words after `mimika`; those of this process where None.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return 0, an exit code of `mimika.base.errors`, or 130 for Ctrl-C."""
    # A service manager's or a shell's polite end is treated as Ctrl-C: files are finished.
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        helping = not {"--help", "-h", "--install-completion"}.isdisjoint(arguments)
        result = build(helping=helping)(list(arguments), exit_on_error=False, print_error=False)
    except MimikaError as error:
        complain(str(error))
        return error.exit_code
    except CycloptsError as error:
        complain(f"{_sentence(error, arguments)} See `mimika --help`.")
        return USAGE
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`mimika … | head`).
        sys.stderr.close()
        return BROKEN_PIPE
    return result if isinstance(result, int) else 0


def _sentence(error: CycloptsError, arguments: Sequence[str]) -> str:
    if isinstance(error, UnusedCliTokensError) and not arguments[0].startswith("-"):
        return f"There is no verb {arguments[0]!r}."
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


if __name__ == "__main__":
    main()
