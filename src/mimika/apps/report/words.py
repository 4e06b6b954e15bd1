"""The pages' words in English and Russian, from `words.json`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.labels.emotions import translate
from mimika.timeline.attention import FACING_PITCH, FACING_YAW

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("words.json")


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return words


class Words:
    """Sentences in one language; `words("seen", "80%", ...)` fills the places in braces."""

    def __init__(self, language: str) -> None:
        """Take a language, "en" or "ru"."""
        self.language = language
        self._sentences = _words()[language]

    def __call__(self, key: str, *values: object) -> str:
        """The sentence of a key, its places filled."""
        return self._sentences[key].format(*values)

    @property
    def all(self) -> Mapping[str, str]:
        """Sentence by key, its places as they are."""
        return self._sentences

    def emotion(self, label: str) -> str:
        """The word for a label."""
        return translate(label, self.language)

    @property
    def facing(self) -> tuple[str, str]:
        """How far a head that faces the screen may be turned: to a side, and up or down."""
        return f"{FACING_YAW:g}", f"{FACING_PITCH:g}"

    def percent(self, share: float) -> str:
        """A share in [0, 1] as whole percent."""
        return self("percent", round(100 * share))

    def number(self, value: float, decimals: int = 1) -> str:
        """A number with the language's decimal sign."""
        text = f"{value:.{decimals}f}"
        return text.replace(".", ",") if self.language == "ru" else text
