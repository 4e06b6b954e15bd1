"""Things in front of a face, drawn where they belong on a crop.

On a crop the eyes are at about 0.4 of its height and the mouth is at about 0.75. Tones and sides
go by a face's number, by turns. Every function takes faces (N, H, W, C) uint8, their numbers (N,)
and a grade, and gives the covered faces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Outline = Sequence[tuple[float, float]]

TONES = (225, 40, 130)
_SHIFT = 4
"""Bits of OpenCV's coordinates that are below a pixel."""


def mask(faces: NDArray[np.uint8], numbers: NDArray[np.int64], height: float) -> NDArray[np.uint8]:
    """Cover mouth and chin with cloth, up to a height on the nose, as a share from the top."""
    cloth = (0.08, height + 0.1), (0.3, height + 0.02), (0.5, height), (0.7, height + 0.02)
    chin = (0.92, height + 0.1), (0.86, 0.82), (0.68, 1.0), (0.32, 1.0), (0.14, 0.82)
    covered = faces.copy()
    for face, number in zip(covered, numbers, strict=True):
        _fill(face, [(*cloth, *chin)], TONES[number % len(TONES)])
    return covered


def hand(faces: NDArray[np.uint8], numbers: NDArray[np.int64], share: float) -> NDArray[np.uint8]:
    """Hold four fingers before the mouth, from the left or the right, in the face's own tone."""
    covered = faces.copy()
    for face, number in zip(covered, numbers, strict=True):
        tone = float(np.median(face))
        right = number % 2 == 0
        tip = 0.8 - 0.6 * share
        for finger in range(4):
            top = 0.6 + 0.095 * finger
            left = tip + (0.04, 0.0, 0.02, 0.08)[finger]
            shape = ((left, top + 0.01), (1.0, top + 0.06), (1.0, top + 0.16), (left, top + 0.09))
            outline = shape if right else tuple((1 - x, y) for x, y in shape)
            _fill(face, [outline], tone * (0.95, 0.8)[finger % 2])
    return covered


def glasses(faces: NDArray[np.uint8], numbers: NDArray[np.int64], dark: float) -> NDArray[np.uint8]:
    """Put on glasses with black frames; their lenses let through what is left of `dark`."""
    del numbers
    covered = faces.copy()
    side = faces.shape[2]
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    lenses = [
        tuple(zip(x + 0.14 * np.cos(turn), 0.4 + 0.11 * np.sin(turn), strict=True))
        for x in (0.3, 0.7)
    ]
    for face in covered:
        behind = face.copy()
        _fill(behind, lenses, 20)
        face[:] = np.round((1 - dark) * face + dark * behind)
        thick = max(1, round(side / 32))
        for lens in lenses:
            cv2.polylines(_flat(face), [_points(face, lens)], True, 20, thick, cv2.LINE_AA, _SHIFT)
        _fill(face, [((0.43, 0.37), (0.57, 0.37), (0.57, 0.4), (0.43, 0.4))], 20)
    return covered


def edge(faces: NDArray[np.uint8], numbers: NDArray[np.int64], share: float) -> NDArray[np.uint8]:
    """Cover a share of the face from the left, right, top or bottom, by turns."""
    covered = faces.copy()
    height, width = round(share * faces.shape[1]), round(share * faces.shape[2])
    for face, number in zip(covered, numbers, strict=True):
        part = (face[:, :width], face[:, -width:], face[:height], face[-height:])[number % 4]
        part[:] = TONES[number // 4 % len(TONES)]
    return covered


def _fill(face: NDArray[np.uint8], outlines: Sequence[Outline], tone: float) -> None:
    """Fill outlines, given in sides of the picture, with a tone."""
    tones = (round(tone),) * face.shape[2]
    for outline in outlines:
        cv2.fillPoly(_flat(face), [_points(face, outline)], tones, cv2.LINE_AA, _SHIFT)


def _points(face: NDArray[np.uint8], outline: Outline) -> NDArray[np.int32]:
    sides = np.array([face.shape[1], face.shape[0]], np.float64)
    return np.round((np.asarray(outline) * sides - 0.5) * 2**_SHIFT).astype(np.int32)


def _flat(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A gray face without its last axis; a view, which OpenCV draws on."""
    return face[:, :, 0] if face.shape[2] == 1 else face
