"""The note beside a file that holds only a part of a film."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from mimika.apps.cli._input import Reading
from mimika.base.files import remove, replacing
from mimika.pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


# Options without a say in what is seen, and those whose name is not their attribute's.
SAME_RESULTS = frozenset({"engine", "threads"})
SHORT = {"start_s": "from", "end_s": "to"}


@dataclass(frozen=True, slots=True)
class Partial:
    """How far an interrupted run came.

    Attributes:
        source: the film.
        frames: how many of its frames are done.
        options: that decide what is seen, where they were not the usual ones, as one line.
    """

    source: str
    frames: int
    options: str = ""

    def note(self, files: Iterable[Path]) -> None:
        """Put a note beside each file that is there."""
        for path in files:
            if path.exists():
                with replacing(note_of(path)) as part:
                    part.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def options_of(settings: Settings, reading: Reading | None) -> str:
    """The options that decide what is seen in a film, where they are not the usual ones."""
    changed: list[str] = []
    for given, usual in ((settings, Settings()), (reading or Reading(), Reading())):
        for each in fields(given):
            value = getattr(given, each.name)
            if value != getattr(usual, each.name) and each.name not in SAME_RESULTS:
                name = SHORT.get(each.name, each.name.replace("_", "-"))
                changed.append(f"--{name} {value}")
    return " ".join(changed)


def note_of(path: Path) -> Path:
    """Where the note of a file is."""
    return path.with_name(f"{path.name}.partial")


def read_note(path: Path) -> Partial | None:
    """Read the note of a file; None where there is none, so the file is whole or not there."""
    try:
        raw = json.loads(note_of(path).read_text(encoding="utf-8"))
        return Partial(str(raw["source"]), int(raw["frames"]), str(raw.get("options", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear_notes(files: Iterable[Path]) -> None:
    """Take away the notes of files that are written anew."""
    for path in files:
        remove(note_of(path))
