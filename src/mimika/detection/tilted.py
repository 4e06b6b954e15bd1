"""A second look for tilted faces, at a picture in which none was found.

YuNet finds most faces at any tilt, but not those that fill the picture: of press photos cut tightly
around the face and turned by 45 degrees half (`python scripts/measure_tilted_faces.py`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.scaling import shrunk
from mimika.detection.detector import Detections
from mimika.schema.geometry import Box, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.detection.detector import Detector

TURNS = (45.0, -45.0)
LONGEST_PX = 640
"""Longer side of the copy that is turned: tilted faces that are missed fill the picture."""
LEAST_SCORE = 0.7
"""A second look sees a further chance for what is no face: it takes no doubtful ones."""


def detect_tilted(detector: Detector, image: NDArray[np.uint8]) -> Detections:
    """Look at a picture turned by 45 degrees to either side.

    Args:
        detector: what looks.
        image: (H, W, 3) uint8 BGR.

    Returns:
        Faces with a score of LEAST_SCORE or more of the turn that shows the better one, best first,
        in pixels of `image`; boxes are upright squares or rectangles around the same middle.
    """
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_PX / max(height, width))
    if scale < 1:
        image = shrunk(image, max(1, round(width * scale)), max(1, round(height * scale)))
    looks = []
    for degrees in TURNS:
        picture, back = turned(image, degrees)
        found = detector.detect(picture).at_least(LEAST_SCORE)
        looks.append(_turned_back(found, back, image.shape[1] / width))
    return max(looks, key=lambda found: max(found.scores, default=0.0))


def turned(
    image: NDArray[np.uint8], degrees: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Turn a picture clockwise, on a black square that holds it all.

    Args:
        image: (H, W, C) uint8.
        degrees: by which it is turned.

    Returns:
        (S, S, C) uint8, and the (2, 3) matrix from its pixels to those of `image`.
    """
    height, width = image.shape[:2]
    side = math.ceil(math.hypot(height, width))
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    (x, y), middle = ((width - 1) / 2, (height - 1) / 2), (side - 1) / 2
    back = np.array(
        [
            [cosine, sine, x - middle * (cosine + sine)],
            [-sine, cosine, y - middle * (cosine - sine)],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, back, (side, side), flags=flags), np.uint8), back


def _turned_back(found: Detections, back: NDArray[np.float64], scale: float) -> Detections:
    def place(point: Point) -> Point:
        # Matrices go between the middles of pixels, boxes between their edges.
        x, y = back @ (point.x - 0.5, point.y - 0.5, 1.0)
        return Point((float(x) + 0.5) / scale, (float(y) + 0.5) / scale)

    boxes = []
    for box in found.boxes:
        (x, y), width, height = place(box.center), box.width / scale, box.height / scale
        boxes.append(Box(x - width / 2, y - height / 2, width, height))
    landmarks = tuple(
        {name: place(point) for name, point in points.items()} for points in found.landmarks
    )
    return Detections(tuple(boxes), found.scores, landmarks)
