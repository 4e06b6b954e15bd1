"""The nine emotions, the vocabularies of the usual data sets, and how each maps to the nine.

Order matters in this field: a model's output, a CSV column and a Kaggle submission all go by it.
`EMOTIONS` is alphabetical; a vocabulary keeps the order of the data set's own numbering.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EMOTIONS: tuple[str, ...] = (
    "anger",
    "contempt",
    "disgust",
    "fear",
    "happy",
    "neutral",
    "sad",
    "surprise",
    "uncertain",
)
"""The nine emotions, alphabetical: the classes of the default model and of the competition."""

UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The classes of a published data set.

    Attributes:
        name: how Mimika calls it.
        labels: the emotions in the order of the data set's own class numbers, in Mimika's words.
        first_number: number of the first class in the data set's files.
        source: where the numbering is defined.
    """

    name: str
    labels: tuple[str, ...]
    first_number: int
    source: str


FER2013 = Vocabulary(
    "fer2013",
    ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    0,
    "Goodfellow et al. 2013, arXiv 1307.0414",
)
FERPLUS = Vocabulary(
    "ferplus",
    ("neutral", "happy", "surprise", "sad", "anger", "disgust", "fear", "contempt"),
    0,
    "Barsoum et al. 2016, arXiv 1608.01041",
)
RAFDB = Vocabulary(
    "rafdb",
    ("surprise", "fear", "disgust", "happy", "sad", "anger", "neutral"),
    1,
    "Li et al. 2017, Reliable Crowdsourcing and Deep Locality-Preserving Learning",
)
AFFECTNET = Vocabulary(
    "affectnet",
    ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"),
    0,
    "Mollahosseini et al. 2017, arXiv 1708.03985",
)
SKILLBOX = Vocabulary(
    "skillbox",
    EMOTIONS,
    0,
    "Kaggle competition skillbox-computer-vision-project",
)
VOCABULARIES: Mapping[str, Vocabulary] = MappingProxyType(
    {v.name: v for v in (FER2013, FERPLUS, RAFDB, AFFECTNET, SKILLBOX)}
)

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "anger": ("angry", "mad", "гнев", "злость"),
    "contempt": ("contemptuous", "презрение"),
    "disgust": ("disgusted", "отвращение"),
    "fear": ("fearful", "afraid", "scared", "страх"),
    "happy": ("happiness", "joy", "joyful", "радость"),
    "neutral": ("neutrality", "calm", "нейтрально", "спокойствие"),
    "sad": ("sadness", "грусть", "печаль"),
    "surprise": ("surprised", "удивление"),
    "uncertain": ("unknown", "unsure", "неясно", "неопределённо"),
}
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}


def canonical(label: str) -> str | None:
    """Return which of the nine emotions `label` names, or None where it names none of them.

    Capitals, spaces around, and the usual other words (angry, happiness, unknown …) are understood.
    """
    return _CANONICAL.get(label.strip().casefold())


# Okabe & Ito's color-blind safe palette with two grays and a wine red (Tol) to make nine; told
# apart under simulated deuteranopia and protanopia (tests/test_emotions.py).
COLORS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "anger": (213, 94, 0),
        "contempt": (204, 121, 167),
        "disgust": (0, 158, 115),
        "fear": (136, 34, 85),
        "happy": (240, 228, 66),
        "neutral": (221, 221, 221),
        "sad": (0, 114, 178),
        "surprise": (86, 180, 233),
        "uncertain": (108, 108, 108),
    }
)
"""Emotion to display color, RGB 0-255."""

_OTHER_COLOR = (230, 159, 0)

LANGUAGES: tuple[str, ...] = ("en", "ru")

_RUSSIAN: Mapping[str, str] = {
    "anger": "гнев",
    "contempt": "презрение",
    "disgust": "отвращение",
    "fear": "страх",
    "happy": "радость",
    "neutral": "спокойствие",
    "sad": "грусть",
    "surprise": "удивление",
    "uncertain": "неясно",
}


def color(label: str) -> tuple[int, int, int]:
    """Return the display color of a label, RGB 0-255; a user's own label gets orange."""
    return COLORS.get(label, _OTHER_COLOR)


def translate(label: str, language: str) -> str:
    """Return the word for `label` in `language` ("en" or "ru"); a user's own label stays as is."""
    return _RUSSIAN.get(label, label) if language == "ru" else label
