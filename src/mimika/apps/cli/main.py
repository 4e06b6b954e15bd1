"""`mimika`: finds the verbs, parses the line, turns errors into one sentence and an exit code."""

from __future__ import annotations

import pkgutil
import signal
import sys
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError

import mimika.apps.cli as verbs
from mimika import __version__
from mimika.apps.cli.console import complain, err, out
from mimika.errors import MimikaError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_VERBS = {"main", "console"}
USAGE, INTERRUPTED, BROKEN_PIPE, FAILED = 2, 130, 141, 1

EPILOGUE = """Without a verb Mimika opens the webcam; where there is none, or no screen, it plays
the demo clip and writes what it saw to mimika-out/. `mimika VERB --help` tells more."""


def build() -> App:
    """Put the command line together; a verb's module is imported only when it is used."""
    app = App(
        name="mimika",
        help="Reads emotions from faces, live: webcam, video, pictures. No GPU, no network.",
        help_epilogue=EPILOGUE,
        help_format="markdown",
        version=__version__,
        version_flags=["--version", "-V"],
        console=out,
        error_console=err,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for module in pkgutil.iter_modules(verbs.__path__):
        if module.name not in NOT_VERBS and not module.name.startswith("_"):
            app.command(f"{verbs.__name__}.{module.name}:{module.name}", name=module.name)
    app.register_install_completion_command(name="--install-completion")
    app.default(_start)
    return app


def _start() -> None:
    from mimika.apps.cli._start import start

    start()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        arguments: the words after `mimika`; those of this process where None.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code: 0, or as `mimika.errors` and 130 for Ctrl-C."""
    # A service manager's or a shell's polite end is treated as Ctrl-C: files are finished.
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        result = build()(list(arguments), exit_on_error=False, print_error=False)
    except MimikaError as error:
        complain(str(error))
        return error.exit_code
    except CycloptsError as error:
        complain(f"{_sentence(error)} See `mimika --help`.")
        return USAGE
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`mimika … | head`).
        sys.stderr.close()
        return BROKEN_PIPE
    return result if isinstance(result, int) else 0


def _sentence(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


if __name__ == "__main__":
    main()
