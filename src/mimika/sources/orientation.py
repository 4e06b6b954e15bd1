"""Which way up a picture is, where its file does not say: the way in which its faces stand."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.scaling import shrunk
from mimika.detection import THOROUGH
from mimika.sources.rotation import TURNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from mimika.detection import Detector
    from mimika.sources.rotation import Rotation, Turn

CODES = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
# Scores of YuNet for the best face: upright ones have 0.83 to 0.96; on pictures turned by 90
# degrees the same ones have up to 0.89, upside down up to 0.90.
UPRIGHT_SCORE = 0.91
TURNED_SCORE = 0.75
# Longer side, in pixels, of what is looked at: small faces say little of which way is up.
LOOKED_AT = 1280
MARGIN = 0.03


def turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """Turn a picture clockwise by 0, 90, 180 or 270 degrees."""
    return image if degrees == 0 else cv2.rotate(image, CODES[degrees])


def turn_to_upright(
    images: Iterable[NDArray[np.uint8]], pause: Callable[[], None] = lambda: None
) -> Turn:
    """Find by how much pictures of one film are to be turned clockwise, so that faces stand.

    Args:
        images: (H, W, 3) uint8 BGR, taken until one shows a face that surely stands.
        pause: called after each look.

    Returns:
        0, 90, 180 or 270; 0 where no face says otherwise.
    """

    def score(image: NDArray[np.uint8], side: int = THOROUGH) -> float:
        best = _best_score(image, side)
        pause()
        return best

    scores = []
    for image in images:
        # The smallest copy shows most faces already, and costs a tenth of looking at all.
        if score(image, _detector().sides[0]) >= UPRIGHT_SCORE:
            return 0
        as_it_is = score(image)
        if as_it_is >= UPRIGHT_SCORE:
            return 0
        others = [score(turned(image, degrees)) for degrees in TURNS[1:]]
        scores.append([as_it_is, *others])
    shown = [each for each in scores if max(each) >= TURNED_SCORE]
    if not shown:
        return 0
    mean = np.mean(shown, axis=0)
    best = int(mean.argmax())
    return TURNS[best] if mean[best] >= max(TURNED_SCORE, mean[0] + MARGIN) else 0


def upright(image: NDArray[np.uint8], rotation: Rotation) -> tuple[NDArray[np.uint8], Turn]:
    """Turn a picture clockwise, by degrees or until its faces stand; return it and the degrees."""
    degrees = turn_to_upright([image]) if rotation == "auto" else rotation
    return turned(image, degrees), degrees


def _best_score(image: NDArray[np.uint8], side: int) -> float:
    """Score of the face that stands best in a copy of this side, 0.0 without one."""
    height, width = image.shape[:2]
    scale = LOOKED_AT / max(height, width)
    if scale < 1:
        image = shrunk(image, max(1, round(width * scale)), max(1, round(height * scale)))
    return max(_detector().detect(np.ascontiguousarray(image), side).scores, default=0.0)


@lru_cache(maxsize=1)
def _detector() -> Detector:
    from mimika.detection import open_detector

    return open_detector("yunet", engine="cpu")
