"""Which faces are found on a large picture.

    python scripts/measure_small_faces.py [WIDTH HEIGHT]

Thirty faces of each size, cut out of the tests' pictures, are laid onto a picture of a cup; printed
is how many are found, how many boxes there are beside them, and how long it took.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2
import numpy as np

from mimika.detection import open_detector
from mimika.detection.detector import HIGH_SCORE
from mimika.sources.picture import read_picture

MEDIA = Path(__file__).resolve().parents[1] / "tests" / "media_files"
SIZES = (16, 20, 24, 32, 40, 64, 100, 200)
COLUMNS, ROWS = 6, 5


def cut_out() -> list[tuple[np.ndarray, float]]:
    """Squares with a face, and the face's share of their side."""
    detector = open_detector("yunet")
    squares = []
    for name in ("astronaut.png", "obama.jpg", "two_people.jpg"):
        image = read_picture(MEDIA / name)
        for box in detector.detect(image).at_least(HIGH_SCORE).boxes:
            side = 1.6 * max(box.width, box.height)
            x, y = (max(0, int(middle - side / 2)) for middle in box.center)
            squares.append((image[y : y + int(side), x : x + int(side)], 1 / 1.6))
    return squares


def scene(size: int, width: int, height: int) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A picture with thirty faces of a size in pixels, and their centers."""
    chance = np.random.default_rng(0)
    squares = cut_out()
    image = cv2.resize(read_picture(MEDIA / "coffee.png"), (width, height))
    centers = []
    for i in range(COLUMNS * ROWS):
        square, share = squares[i % len(squares)]
        side = round(size / share)
        x = i % COLUMNS * width // COLUMNS + int(chance.integers(0, width // COLUMNS - side))
        y = i // COLUMNS * height // ROWS + int(chance.integers(0, height // ROWS - side))
        image[y : y + side, x : x + side] = cv2.resize(
            square, (side, side), interpolation=cv2.INTER_AREA
        )
        centers.append((x + side / 2, y + side / 2))
    return image, centers


def main() -> None:
    width, height = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (6000, 4000)
    detector = open_detector("yunet", min_face=16)
    for size in SIZES:
        image, centers = scene(size, width, height)
        began = time.perf_counter()
        boxes = detector.detect(image).at_least(HIGH_SCORE).boxes
        took_s = time.perf_counter() - began
        near = [
            any(abs(b.center[0] - x) < size / 2 > abs(b.center[1] - y) for b in boxes)
            for x, y in centers
        ]
        print(
            f"{size} pixels: {sum(near)} of {len(near)} found, {len(boxes) - sum(near)} other "
            f"boxes, {took_s:.1f} s"
        )


if __name__ == "__main__":
    main()
