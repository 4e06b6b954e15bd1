"""Names and patterns of files, as people write them where no shell expands them."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from mimika.base.names import path_of


def is_pattern(text: str) -> bool:
    """Whether `text` is a pattern with *, ? or [ ]; what exists under that very name is none."""
    return glob.has_magic(text) and not path_of(text).exists()


def matching(pattern: str) -> list[Path]:
    """Return what matches a pattern, in natural order; names that exist are no patterns.

    `trip [2024]/*.jpg` means the folder of that name where there is one; where nothing matches,
    brackets stand for themselves.

    Args:
        pattern: with *, ?, [ ] or ** (any folders).
    """
    path = path_of(pattern)
    names = path.parts[bool(path.anchor) :]
    parts, folder, literal = [], Path(path.anchor), True
    for name in names:
        literal = literal and (folder / name).exists()
        folder = folder / name
        parts.append(glob.escape(name) if literal else name)
    found = _glob(path.anchor, parts) or _glob(
        path.anchor, [name.replace("[", "[[]") for name in names]
    )
    return sorted(found, key=natural_order)


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts 2.jpg before 10.jpg."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _glob(anchor: str, parts: list[str]) -> list[Path]:
    pattern = str(Path(anchor, *parts))
    return [Path(each) for each in glob.glob(pattern, recursive=True)]  # noqa: PTH207
