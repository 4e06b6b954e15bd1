"""What a face and the hair around it look like, coarsely: enough to know it again for a minute.

Two descriptions of the same square: how often which color occurs (Swain and Ballard 1991, "Color
Indexing", compared by the Bhattacharyya coefficient), and a tiny picture with the brightness evened
out. Neither tells people apart in general, nor is it meant to: they are compared within one stream,
in one light, and are forgotten with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.models.preprocessing import crop_side, square_crop
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 0.5
"""Share by which the square exceeds the face's longer side: hair, and little of what is behind."""

RAISED = 0.1
"""How far it is moved up, in lengths of that side: there is hair above, and a collar below."""

SIDE = 48
THUMBNAIL = 6

COLORS = (4, 8, 8)
COLOR_RANGES = (0.0, 256.0, 88.0, 184.0, 88.0, 184.0)
"""Bins and ranges of lightness, a and b in OpenCV's 8-bit Lab; skin, hair and light fill these."""

COLOR_UNIT = 0.1
THUMBNAIL_UNIT = 6.0
"""What counts as a difference of 1; `scripts/measure_people.py` prints differences."""

OTHER = 3.6
"""Difference of two tiny pictures at a cut that shows another person; a flash of light makes less,
as the brightness is evened out."""

COLORLESS = 2.0
"""Mean distance of a and b from gray below which a picture has no color."""

COLORLESS_FACTOR = 2.2
"""Without colors people differ by less than half as much."""


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """How a face looks at one moment.

    Attributes:
        colors: (256,) float32 square roots of the shares of the colors.
        thumbnail: (6, 6, 3) float32 Lab; lightness with mean 0 and standard deviation 10.
        colorless: whether the picture is gray.
    """

    colors: NDArray[np.float32]
    thumbnail: NDArray[np.float32]
    colorless: bool

    @classmethod
    def of(cls, image: NDArray[np.uint8], box: Box) -> Appearance:
        """Look at a face.

        Args:
            image: (H, W, 3) uint8 BGR.
            box: the face, in pixels of `image`.
        """
        up = RAISED * max(box.width, box.height)
        side = crop_side(box, MARGIN)
        # Every n-th pixel of a large face is enough for colors, and costs nothing.
        step = side // (2 * SIDE) if side > 4 * SIDE else 1
        raised = Box(box.x, box.y - up, box.width, box.height)
        square = square_crop(image, raised, MARGIN, step)
        small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
        counts = cv2.calcHist([lab], [0, 1, 2], None, list(COLORS), list(COLOR_RANGES))
        colors = np.sqrt(counts.ravel() / max(float(counts.sum()), 1.0)).astype(np.float32)
        tiny = cv2.resize(small, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        thumbnail = cv2.cvtColor(tiny.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
        light = thumbnail[:, :, 0]
        light -= light.mean()
        light *= 10 / (float(light.std()) + 1e-6)
        colorless = float(np.abs(thumbnail[:, :, 1:]).mean()) < COLORLESS
        return cls(colors, thumbnail, colorless)

    def is_other(self, other: Appearance) -> bool:
        """Whether two neighboring frames show two people: the shapes differ, and the colors."""
        light = float(np.abs(self.thumbnail - other.thumbnail).mean())
        gray = COLORLESS_FACTOR if self.colorless and other.colorless else 1.0
        return light * gray > OTHER and self.difference(other) > 2 * OTHER / THUMBNAIL_UNIT

    def difference(self, other: Appearance) -> float:
        """How different two faces look, from 0; see `SIMILAR` in `mimika.tracking.people`."""
        colors = 1.0 - float(self.colors @ other.colors)
        light = float(np.abs(self.thumbnail - other.thumbnail).mean())
        difference = colors / COLOR_UNIT + light / THUMBNAIL_UNIT
        return difference * (COLORLESS_FACTOR if self.colorless and other.colorless else 1.0)


def samples_across(image: NDArray[np.uint8], box: Box, count: int) -> NDArray[np.uint8]:
    """Pixels of a face, evenly spread: the same parts of it wherever it is and however large.

    Args:
        image: (H, W, 3) uint8 BGR.
        box: the face, in pixels of `image`.
        count: across and down.

    Returns:
        (count, count, 3) uint8; the nearest ones of the picture where the box reaches beyond it.
    """
    steps = _steps(count)
    x = (box.x + box.width * steps).astype(int)
    y = (box.y + box.height * steps).astype(int)
    # In two steps, which clip as they go: a third of the time of indexing both at once.
    return image.take(y, axis=0, mode="clip").take(x, axis=1, mode="clip")


def mean_difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two pictures of one shape, not empty, on the scale 0 to 255."""
    # Not `cv2.norm(a, b, ...)`: OpenCV first takes `b` for an integer, and crashes where Ctrl-C
    # comes while it writes down why it is none.
    return cv2.norm(cv2.absdiff(a, b), cv2.NORM_L1) / a.size


@lru_cache(maxsize=8)
def _steps(count: int) -> NDArray[np.float64]:
    """The middles of `count` equal parts of a length of 1."""
    return (np.arange(count) + 0.5) / count
