"""The note beside a file that holds only a part of a film."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from mimika.base.files import remove, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Partial:
    """How far an interrupted run came.

    Attributes:
        source: the film.
        frames: how many of its frames are done.
    """

    source: str
    frames: int

    def note(self, files: Iterable[Path]) -> None:
        """Put a note beside each file that is there."""
        for path in files:
            if path.exists():
                with replacing(note_of(path)) as part:
                    part.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def note_of(path: Path) -> Path:
    """Where the note of a file is."""
    return path.with_name(f"{path.name}.partial")


def read_note(path: Path) -> Partial | None:
    """Read the note of a file; None where there is none, so the file is whole or not there."""
    try:
        raw = json.loads(note_of(path).read_text(encoding="utf-8"))
        return Partial(str(raw["source"]), int(raw["frames"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear_notes(files: Iterable[Path]) -> None:
    """Take away the notes of files that are written anew."""
    for path in files:
        remove(note_of(path))
