"""The words of the command line and the window, in both languages; all stand in `words.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "ru"]

WORDS_FILE = Path(__file__).with_name("words.json")


@lru_cache(maxsize=1)
def _entries() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(WORDS_FILE.read_text(encoding="utf-8"))
    return entries


def word(key: str, language: str, **values: object) -> str:
    """Return a text by its key, with its {values} filled in.

    Raises:
        KeyError: there is no such text, or a value is missing.
    """
    text: str = _entries()[key][language]
    return text.format(**values)


def counted(key: str, count: int, language: str) -> str:
    """Return a count with its noun in the right form, such as "2 faces" or "5 лиц"."""
    forms: list[str] = _entries()[key][language]
    return f"{count} {forms[_form(count, language)]}"


def _form(count: int, language: str) -> int:
    if language != "ru":
        return int(count != 1)
    if count % 10 == 1 and count % 100 != 11:
        return 0
    return 1 if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else 2


def clock(seconds: float) -> str:
    """Seconds as 1:02:03.4, without the hours where there are none."""
    minutes, tenths = divmod(round(abs(seconds) * 10), 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02}.{tenths % 10}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"
