"""Names and patterns of files, as people write them where no shell expands them."""

from __future__ import annotations

import glob
import re
from pathlib import Path


def is_pattern(text: str) -> bool:
    """Whether `text` is a pattern with *, ? or [ ]; what exists under that very name is none."""
    return glob.has_magic(text) and not Path(text).expanduser().exists()


def matching(pattern: str) -> list[Path]:
    """Return what matches a pattern, in natural order.

    Folders at its beginning that exist under their very name are taken as they are, so that
    "trip [2024]/*.jpg" means that folder.

    Args:
        pattern: with *, ?, [ ] or ** (any folders).
    """
    parts = Path(pattern).expanduser().parts
    literal = Path(parts[0]) if parts and Path(parts[0]).exists() else Path()
    taken = 1 if literal.parts else 0
    while taken < len(parts) and (literal / parts[taken]).exists():
        literal /= parts[taken]
        taken += 1
    rest = parts[taken:]
    if not rest:
        return [literal]
    begin = Path(glob.escape(str(literal)), *rest) if taken else Path(*rest)
    return sorted((Path(each) for each in glob.glob(str(begin), recursive=True)), key=natural_order)  # noqa: PTH207


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts 2.jpg before 10.jpg."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
