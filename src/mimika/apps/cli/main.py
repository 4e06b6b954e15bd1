"""`mimika`: finds the verbs, parses the line, turns errors into one sentence and an exit code."""

from __future__ import annotations

import _thread
import errno
import importlib
import inspect
import os
import re
import signal
import sys
import threading
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING

from cyclopts import (
    App,
    CycloptsError,
    Group,
    MissingArgumentError,
    Parameter,
    UnusedCliTokensError,
)

from mimika.apps.cli._start import start
from mimika.apps.cli._values import check_values
from mimika.apps.cli._verbs import offered
from mimika.apps.cli.console import Interrupted, complain, print_what_the_console_can
from mimika.base.errors import (
    InputError,
    MimikaError,
    OutputError,
    memory_is_full,
    out_of_memory,
)
from mimika.base.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141
INTERRUPT_AGAIN_S = 0.05
NO_MEMORY = (
    "there is not enough memory for this: close other programs, or raise the limit (ulimit -v)."
)

EPILOGUE = """Without a verb Mimika opens the webcam; where there is none, or no screen, it plays
the demo clip and writes what it saw to mimika-out/. `mimika VERB --help` tells more."""


def build(*, helping: bool = False) -> App:
    """Put the command line together.

    Args:
        helping: import the verbs now, and what prints their help; else a verb's module is imported
            only when it is used.
    """
    app = App(
        name=os.environ.get("MIMIKA_COMMAND") or "mimika",
        help="Reads emotions from faces, live: webcam, video, pictures. No GPU, no network.",
        help_epilogue=EPILOGUE,
        help_format="markdown",
        version=__version__,
        version_format="plaintext",
        version_flags=["--version", "-V"],
        console=_console() if helping else None,
        default_parameter=Parameter(negative="", show_default=_default_in_help),
        group_parameters=Group("Options", sort_key=90),
        group_commands=Group("Program", sort_key=80),
        suppress_keyboard_interrupt=False,
        result_action="return_value",
        config=check_values,
    )
    for place, (heading, verbs) in enumerate(offered().items()):
        group = Group(heading, sort_key=place)
        for order, name in enumerate(verbs):
            path = f"mimika.apps.cli.{name}"
            if helping:
                verb = getattr(importlib.import_module(path), name)
                app.command(
                    verb, name=name, group=group, sort_key=order, help_epilogue=_examples(verb)
                )
            else:
                app.command(f"{path}:{name}", name=name, group=group)
    if helping:
        app.register_install_completion_command(name="--install-completion")
    app.default(start)
    return app


def _default_in_help(value: object) -> str | None:
    """A default as the help shows it; None where an option is simply not given."""
    if value is None or value is False or value in ("", ()):
        return None
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _console() -> Console:
    """What prints help."""
    from mimika.apps.cli.console import out

    return out


def _examples(verb: Callable[..., object]) -> str:
    """The `Examples:` of a verb's docstring, one command a line; it ends the verb's help."""
    lines = inspect.cleandoc(verb.__doc__ or "").splitlines()
    if "Examples:" not in lines:
        return ""
    lines = lines[lines.index("Examples:") + 1 :]
    taken = list(takewhile(lambda line: not line or line.startswith(" "), lines))
    commands = "\n".join(line.strip() for line in taken if line)
    return f"Examples:\n\n```\n{commands}\n```"


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return 0, an exit code of `mimika.base.errors`, or 130 for Ctrl-C."""
    try:
        return _run(arguments)
    except Exception as error:
        if _is_interrupt(error):
            complain("stopped.")
            return INTERRUPTED
        if out_of_memory(error) or memory_is_full():
            complain(NO_MEMORY)
            return FAILED
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            # Sinks say this of their own files.
            complain("Standard output, or a disk, is full: make room, or send it elsewhere.")
            _give_up_output()
            return OutputError.exit_code
        if isinstance(error, OSError) and error.filename is not None:
            # Rooms say this better; what none of them foresaw is a sentence all the same.
            named = f"{error.filename} cannot be used ({error.strerror})"
            complain(f"{named}: check the name, and who may read and write there.")
            return InputError.exit_code
        raise


def _give_up_output() -> None:
    """Let what waits for standard output go nowhere; Python would try again at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: a library that is being loaded makes an ImportError of that."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _interrupt() -> None:
    """Do what Ctrl-C does; a wait ends as well, where the system knows signals."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _interrupt_again(ignored: sys.UnraisableHookArgs) -> None:
    """Repeat a Ctrl-C that came while a library could not pass it on, instead of losing it."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        # A moment later: here it would be lost as well.
        threading.Timer(INTERRUPT_AGAIN_S, _interrupt).start()
    else:
        sys.__unraisablehook__(ignored)


def _run(arguments: Sequence[str]) -> int:
    print_what_the_console_can()
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
        complain(_sentence(error, arguments))
        return USAGE
    except Interrupted:
        return INTERRUPTED
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`mimika … | head`).
        sys.stderr.close()
        return BROKEN_PIPE
    return result if isinstance(result, int) else 0


def _sentence(error: CycloptsError, arguments: Sequence[str]) -> str:
    """What was wrong with the line, and where its help is."""
    verbs = [verb for group in offered().values() for verb in group]
    verb = arguments[0] if arguments and arguments[0] in verbs else ""
    if isinstance(error, UnusedCliTokensError):
        if not verb and not arguments[0].startswith("-"):
            from mimika.apps.cli._guess import no_verb

            return no_verb(arguments[0], verbs)
        surplus = " ".join(error.unused_tokens or ())
        command = f"mimika {verb}".rstrip()
        text = f"`{command}` takes fewer words: {surplus!r} is too much."
    elif isinstance(error, MissingArgumentError) and verb and error.argument:
        names = error.argument.names
        given = next((name for name in names if name in arguments), None)
        if not names[0].startswith("-"):
            text = f"Something is missing: `mimika {verb} {names[0]}`."
        elif given is None:
            text = f"`mimika {verb}` cannot do without {names[0]}."
        else:
            text = _missing_value(given, arguments)
    else:
        text = " ".join(str(error).split())
    end = "" if text.endswith((".", "?", "!")) else "."
    return f"{text}{end} See `mimika {verb + ' ' if verb else ''}--help`."


def _missing_value(name: str, arguments: Sequence[str]) -> str:
    """What to say of an option without a value, or whose value looks like an option."""
    after = arguments[arguments.index(name) + 1 :][:1]
    if after == ["-"]:
        return f"{name} writes a file that appears when it is whole, not standard output: name one."
    if after and re.match(r"-[\d.]", after[0]):
        return f"{name} needs a value; if {after[0]} is meant, write {name}={after[0]}."
    return f"{name} needs a value."
