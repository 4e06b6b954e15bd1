"""Nine emotions, their names elsewhere, and colors that everyone can tell apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mimika.labels.affect import DerivedAffect
from mimika.labels.emotions import COLORS, EMOTIONS, affect_of, canonical, color, translate
from mimika.labels.vocabularies import FER2013, FERPLUS

# Machado, Oliveira & Fernandes 2009, severity 1.0, for linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def oklab(rgb, sight):
    """OKLab (Ottosson 2020) of an sRGB color as it looks with a color vision."""
    channels = np.array(rgb) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(sight @ linear, 0, 1)
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ linear
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
    )


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_are_told_apart(sight):
    seen = {name: oklab(rgb, SIGHT[sight]) for name, rgb in COLORS.items()}
    distances = {
        (a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(EMOTIONS, 2)
    }
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] > 0.06, (closest, distances[closest])


def test_the_nine_are_alphabetical_and_colored():
    assert list(EMOTIONS) == sorted(EMOTIONS)
    assert set(COLORS) == set(EMOTIONS)
    assert color("my own label") not in COLORS.values()


@pytest.mark.parametrize("vocabulary", [FER2013, FERPLUS], ids=lambda v: v.name)
def test_vocabularies_map_to_the_nine(vocabulary):
    assert set(vocabulary.labels) <= set(EMOTIONS)
    assert len(set(vocabulary.labels)) == len(vocabulary.labels)


def test_the_usual_numberings():
    assert FER2013.labels[3] == "happy"
    assert FERPLUS.labels[0] == "neutral"
    assert FERPLUS.labels[7] == "contempt"


@pytest.mark.parametrize(
    ("label", "means"),
    [
        ("Angry", "anger"),
        (" happiness ", "happy"),
        ("JOY", "happy"),
        ("unknown", "uncertain"),
        ("страх", "fear"),
        ("sleepy", None),
    ],
)
def test_other_words_for_the_nine(label, means):
    assert canonical(label) == means


def test_russian_has_a_word_for_each():
    words = [translate(name, "ru") for name in EMOTIONS]
    assert len(set(words)) == 9
    assert all(any("а" <= letter <= "я" for letter in word) for word in words)
    assert [canonical(word) for word in words] == list(EMOTIONS)
    assert translate("sleepy", "ru") == "sleepy"


def test_published_places_of_the_emotions():
    assert affect_of("neutral") == (0.0, 0.0)
    assert affect_of("contempt") is affect_of("uncertain") is affect_of("sleepy") is None
    happy, sad, anger = (affect_of(name) for name in ("Happiness", "sad", "anger"))
    assert happy[0] > 0.5 > 0 > sad[0]
    assert anger[0] < 0 < anger[1]


def test_derived_affect_is_the_mean_of_the_places():
    derive = DerivedAffect(("happy", "contempt", "sad"))
    assert derive(np.array([1.0, 0.0, 0.0])) == pytest.approx(affect_of("happy"))
    between = derive(np.array([0.4, 0.2, 0.4]))
    middle = (np.array(affect_of("happy")) + affect_of("sad")) / 2
    assert between == pytest.approx(tuple(middle))
    assert derive(np.array([0.2, 0.6, 0.2])) is None, "most of it has no place"
    assert not DerivedAffect(("happy", "sleepy")).possible
