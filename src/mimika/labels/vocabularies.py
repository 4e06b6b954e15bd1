"""The classes of published data sets, in the order of each set's own numbering."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The classes of a published data set.

    Attributes:
        name: how Mimika calls it.
        labels: the emotions in the order of the data set's own class numbers, in Mimika's words.
        source: where the numbering is defined.
    """

    name: str
    labels: tuple[str, ...]
    source: str


FER2013 = Vocabulary(
    "fer2013",
    ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "Goodfellow et al. 2013, arXiv 1307.0414",
)
FERPLUS = Vocabulary(
    "ferplus",
    ("neutral", "happy", "surprise", "sad", "anger", "disgust", "fear", "contempt"),
    "Barsoum et al. 2016, arXiv 1608.01041",
)
