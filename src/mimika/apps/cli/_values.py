"""Values on the command line, before they are converted: whole numbers, no NaN, names of files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from mimika.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cyclopts import App
    from cyclopts.argument import Argument

FRACTION = re.compile(r"[+-]?(\d+\.\d*|\.\d+)")
ENDLESS = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def check_values(app: App, commands: tuple[str, ...], arguments: Iterable[Argument]) -> None:
    """Refuse what would be rounded in silence, what no limit holds, and names that are empty.

    Cyclopts calls it with the words of a command line beside the options that they are for.

    Raises:
        UsageError: a word is no such number or name.
    """
    del app, commands
    for argument in arguments:
        kinds = {argument.hint, *get_args(argument.hint)}
        for token in argument.tokens:
            if int in kinds and float not in kinds and FRACTION.fullmatch(token.value):
                raise UsageError(f"{argument.name} is a whole number, and {token.value} is not.")
            if float in kinds and ENDLESS.fullmatch(token.value):
                raise UsageError(f"{argument.name} is a number, and {token.value} is not.")
            if Path in kinds and not token.value:
                raise UsageError(f"{argument.name} needs a name, and got an empty one.")
