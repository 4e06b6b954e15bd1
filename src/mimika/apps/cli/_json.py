"""`--json FILE`: what a verb found, as JSON; `-` prints it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mimika.apps.cli.console import notice, out
from mimika.base.files import replacing

STANDARD_OUTPUT = Path("-")


def write_json(path: Path, found: Any) -> None:
    """Write JSON-ready values to a file, or print them.

    Raises:
        OutputError: no space, no permission.
    """
    text = json_text(found, indent=1) + "\n"
    if path == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
    notice(f"Wrote {path}")


def print_json_alone(path: Path | None) -> None:
    """Keep tables off standard output where the JSON goes there."""
    if path == STANDARD_OUTPUT:
        out.quiet = True


def json_text(found: Any, indent: int | None = None) -> str:
    """Return JSON that UTF-8 can hold: names that are no text keep their bytes as escapes."""
    text = json.dumps(found, indent=indent, ensure_ascii=False)
    return text if _encodable(text) else json.dumps(found, indent=indent)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
