"""Nine emotions, their names elsewhere, and colors that everyone can tell apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mimika.labels.emotions import COLORS, EMOTIONS, VOCABULARIES, canonical, color, translate

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


@pytest.mark.parametrize("name", VOCABULARIES)
def test_vocabularies_map_to_the_nine(name):
    vocabulary = VOCABULARIES[name]
    assert set(vocabulary.labels) <= set(EMOTIONS)
    assert len(set(vocabulary.labels)) == len(vocabulary.labels)


def test_the_usual_numberings():
    assert VOCABULARIES["fer2013"].labels[3] == "happy"
    assert VOCABULARIES["rafdb"].labels[1 - VOCABULARIES["rafdb"].first_number] == "surprise"
    assert VOCABULARIES["affectnet"].labels[7] == "contempt"
    assert VOCABULARIES["ferplus"].labels[0] == "neutral"
    assert VOCABULARIES["skillbox"].labels == EMOTIONS


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
