"""What is said of videos that are refused or fail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimika.apps.server.problems import Problem
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


ADVICE = re.compile(r"; --[a-z][^.;]*(?=[.;])")
"""What an option of the command line would change."""


def without(upload: Path, sentence: str) -> str:
    """A sentence for a visitor: without this machine's paths and the command line's options."""
    sentence = ADVICE.sub("", sentence)
    return sentence.replace(str(upload), "The video").replace(f"{upload.parent}/", "")


def unknown() -> Problem:
    """No job of that name: 404."""
    return Problem(404, "There is no such video here: it was removed, or never sent.")


def too_much() -> InputError:
    """More pixels in all than are taken."""
    return InputError(
        "The video has more frames of this size than are taken: cut it, or scale it down."
    )


def too_many_faces() -> InputError:
    """More faces than are taken: the tables and the summary would have no end."""
    return InputError("The video shows more faces than are taken: cut it into parts.")


def too_long(most_s: float) -> InputError:
    """Longer than is taken."""
    return InputError(f"The video is longer than the {most_s:g} seconds that are taken: cut it.")
