"""The nine emotions: names, words in two languages, colors; all from `emotions.json` beside this.

Order matters in this field: a model's output, a CSV column and a Kaggle submission all go by it.
`EMOTIONS` is alphabetical. The page in the browser reads the same JSON file.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

EMOTIONS_FILE = Path(__file__).with_name("emotions.json")

_FILE: Mapping[str, Any] = json.loads(EMOTIONS_FILE.read_text(encoding="utf-8"))
_ENTRIES: Mapping[str, Mapping[str, Any]] = {entry["name"]: entry for entry in _FILE["emotions"]}
_WORDS: Mapping[str, Mapping[str, str]] = {
    entry["name"]: entry["words"] for entry in (*_FILE["emotions"], *_FILE["values"])
}


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


EMOTIONS: tuple[str, ...] = tuple(_ENTRIES)
"""The nine emotions, alphabetical: the classes of the default model and of the competition."""

UNCERTAIN = "uncertain"

# Okabe & Ito's color-blind safe palette with two grays and a wine red (Tol) to make nine; told
# apart under simulated deuteranopia and protanopia (tests/labels/test_emotions.py).
COLORS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {name: _rgb(entry["color"]) for name, entry in _ENTRIES.items()}
)
"""Emotion to display color, RGB 0-255."""

_OTHER_COLOR = _rgb(_FILE["other_color"])
_CANONICAL = {
    alias: name for name, entry in _ENTRIES.items() for alias in (name, *entry["aliases"])
}


def canonical(label: str) -> str | None:
    """Return which of the nine emotions `label` names, or None where it names none of them.

    Capitals, spaces around, and the usual other words (angry, happiness, unknown …) are understood.
    """
    return _CANONICAL.get(label.strip().casefold())


def color(label: str) -> tuple[int, int, int]:
    """Return the display color of a label, RGB 0-255; a user's own label gets orange."""
    return COLORS.get(label, _OTHER_COLOR)


def translate(label: str, language: str) -> str:
    """Return the word for a label or a value in `language`, "en" or "ru"; others stay as they are.

    Values are those of a face that have words: valence and arousal, measured and derived.
    """
    return str(_WORDS.get(label, {}).get(language, label))


def affect_of(label: str) -> tuple[float, float] | None:
    """Return an emotion's published valence and arousal, each in [-1, 1], None where there is none.

    Means of the terms happy, surprised, sad, angry, disgusted and fearful in Russell & Mehrabian
    1977, "Evidence for a three-factor theory of emotions", doi 10.1016/0092-6566(77)90037-X;
    neutral is the origin. Contempt and uncertain have no term whose mean could be looked up.
    """
    entry = _ENTRIES.get(canonical(label) or "")
    return (entry["valence"], entry["arousal"]) if entry and "valence" in entry else None
