"""Graded degradations of face crops, so that a model's figures can be followed as pictures worsen.

They are the audit's own and not those of `mimika.training.augmentation`: a network that has
trained on those must not meet the very same here. All are made on the crops that the network gets,
in numpy and OpenCV, and the same faces get the same again: what is drawn by chance or by turns goes
by a face's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.training.audit import occluders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Faces = NDArray[np.uint8]
    """(N, H, W, C) uint8, 0-255."""
    Change = Callable[[Faces, NDArray[np.int64], float], Faces]
    """Faces, their numbers (N,) and a grade to the degraded faces."""

DIM_NOISE = 10.0
"""Standard deviation, of 255, of the noise in `dim and noisy`: a webcam in the evening."""


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way in which pictures of faces are bad.

    Attributes:
        name: what it is called.
        meaning: what a grade says, in a sentence.
        grades: from mild to strong.
        unit: how a grade is written, a format with one place.
        change: degrades faces by a grade.
    """

    name: str
    meaning: str
    grades: tuple[float, ...]
    unit: str
    change: Change

    def written(self, grade: float) -> str:
        """A grade with its unit."""
        return self.unit.format(grade)


def light(faces: Faces, numbers: NDArray[np.int64], factor: float) -> Faces:
    """Multiply all values by a factor."""
    del numbers
    return _looked_up(faces, np.arange(256) * factor)


def dim_and_noisy(faces: Faces, numbers: NDArray[np.int64], factor: float) -> Faces:
    """Multiply all values by a factor, and add noise of `DIM_NOISE` after it, as a sensor does."""
    return noise(light(faces, numbers, factor), numbers, DIM_NOISE)


def noise(faces: Faces, numbers: NDArray[np.int64], deviation: float) -> Faces:
    """Add normal noise of a standard deviation, of 255."""
    noisy = np.empty_like(faces)
    for out, face, number in zip(noisy, faces, numbers, strict=True):
        drawn = np.random.default_rng(int(number)).standard_normal(face.shape, np.float32)
        out[:] = np.clip(np.round(face + np.float32(deviation) * drawn), 0, 255)
    return noisy


def gamma(faces: Faces, numbers: NDArray[np.int64], exponent: float) -> Faces:
    """Raise values from 0 to 1 to a power: above 1 darker in the middle, below 1 paler."""
    del numbers
    return _looked_up(faces, 255 * (np.arange(256) / 255) ** exponent)


def motion_blur(faces: Faces, numbers: NDArray[np.int64], share: float) -> Faces:
    """Blur along a line as long as a share of the side, in one of four directions by turns."""
    reach = max(1, round((share * faces.shape[2] - 1) / 2))
    line = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    line[reach] = 1
    diagonal = np.eye(2 * max(1, round(reach / np.sqrt(2))) + 1, dtype=np.float32)
    kernels = [each / each.sum() for each in (line, diagonal, line.T, diagonal[::-1])]
    return _each(
        faces,
        (
            cv2.filter2D(face, -1, kernels[n % 4], borderType=cv2.BORDER_REPLICATE)
            for face, n in zip(faces, numbers, strict=True)
        ),
    )


def jpeg(faces: Faces, numbers: NDArray[np.int64], quality: float) -> Faces:
    """Write as JPEG of a quality, and read again."""
    del numbers
    options = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    written = (cv2.imencode(".jpg", face, options)[1] for face in faces)
    return _each(faces, (cv2.imdecode(each, cv2.IMREAD_UNCHANGED) for each in written))


def few_pixels(faces: Faces, numbers: NDArray[np.int64], side: float) -> Faces:
    """Shrink to a side in pixels, and enlarge again as a far face is enlarged."""
    del numbers
    height, width = faces.shape[1:3]
    size = (min(round(side), width), min(round(side), height))
    small = (cv2.resize(face, size, interpolation=cv2.INTER_AREA) for face in faces)
    return _each(faces, (cv2.resize(each, (width, height)) for each in small))


def tilt(faces: Faces, numbers: NDArray[np.int64], degrees: float) -> Faces:
    """Turn about the middle, left and right by turns."""
    height, width = faces.shape[1:3]
    middle = ((width - 1) / 2, (height - 1) / 2)
    turns = [cv2.getRotationMatrix2D(middle, sign * degrees, 1.0) for sign in (1, -1)]
    return _warped(faces, [turns[n % 2] for n in numbers])


def shift(faces: Faces, numbers: NDArray[np.int64], share: float) -> Faces:
    """Move by a share of the side: to the right, down, to the left and up by turns."""
    height, width = faces.shape[1:3]
    ways = [(width, 0), (0, height), (-width, 0), (0, -height)]
    moves = [np.array([[1, 0, share * x], [0, 1, share * y]], np.float64) for x, y in ways]
    return _warped(faces, [moves[n % 4] for n in numbers])


def mirror(faces: Faces) -> Faces:
    """Return the mirror images."""
    return np.ascontiguousarray(faces[:, :, ::-1])


DEGRADATIONS = (
    Degradation("light", "all values times this", (0.5, 0.25, 0.1, 0.05), "× {:g}", light),
    Degradation(
        "dim and noisy",
        f"all values times this, then noise of a standard deviation of {DIM_NOISE:g} of 255",
        (0.5, 0.25, 0.1),
        "× {:g}",
        dim_and_noisy,
    ),
    Degradation("noise", "standard deviation, of 255", (5, 10, 20, 30), "σ {:g}", noise),
    Degradation("gamma, darker", "exponent", (1.5, 2, 3), "{:g}", gamma),
    Degradation("gamma, paler", "exponent", (0.7, 0.5, 0.33), "{:g}", gamma),
    Degradation(
        "motion blur",
        "length, as a share of the side",
        (0.05, 0.1, 0.2, 0.3),
        "{:.0%}",
        motion_blur,
    ),
    Degradation("JPEG", "quality", (50, 30, 15, 8), "{:g}", jpeg),
    Degradation("few pixels", "side of the face", (32, 24, 16, 12), "{:g} px", few_pixels),
    Degradation("tilt", "in the plane of the picture", (10, 20, 30, 45), "{:g}°", tilt),
    Degradation("shift", "share of the side", (0.05, 0.1, 0.15), "{:.0%}", shift),
    Degradation("mask", "how far up it goes on the nose", (0.6, 0.5), "{:.0%}", occluders.mask),
    Degradation("hand", "share of the mouth's width", (0.4, 0.6, 0.8), "{:.0%}", occluders.hand),
    Degradation("glasses", "how dark their lenses are", (0, 0.5, 1), "{:.0%}", occluders.glasses),
    Degradation(
        "edge",
        "share of the face that is covered from a side",
        (0.1, 0.2, 0.3),
        "{:.0%}",
        occluders.edge,
    ),
)
"""All degradations, in the order of a report."""


def one_each(faces: Faces, numbers: NDArray[np.int64]) -> Faces:
    """Degrade each face in one way by one grade, drawn by its number; all are as frequent."""
    ways = [(each, grade) for each in DEGRADATIONS for grade in each.grades]
    drawn = np.array([np.random.default_rng((int(n), 1)).integers(len(ways)) for n in numbers])
    changed = faces.copy()
    for way in np.unique(drawn):
        rows = np.flatnonzero(drawn == way)
        degradation, grade = ways[way]
        changed[rows] = degradation.change(faces[rows], numbers[rows], grade)
    return changed


def _looked_up(faces: Faces, table: NDArray[np.floating]) -> Faces:
    return np.clip(np.round(table), 0, 255).astype(np.uint8)[faces]


def _warped(faces: Faces, matrices: list[NDArray[np.float64]]) -> Faces:
    """Warp each face by a matrix (2, 3); what was beyond its edge repeats the edge."""
    size = (faces.shape[2], faces.shape[1])
    return _each(
        faces,
        (
            cv2.warpAffine(face, matrix, size, borderMode=cv2.BORDER_REPLICATE)
            for face, matrix in zip(faces, matrices, strict=True)
        ),
    )


def _each(faces: Faces, changed: Iterable[NDArray[np.uint8]]) -> Faces:
    """Put changed faces together; OpenCV drops the last axis of gray ones."""
    out = np.empty_like(faces)
    for place, face in zip(out, changed, strict=True):
        place[:] = face.reshape(place.shape)
    return out
