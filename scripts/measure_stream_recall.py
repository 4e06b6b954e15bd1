"""Which small faces a stream finds, and when.

    python scripts/measure_stream_recall.py [WIDTH HEIGHT]

Thirty faces of each size, cut out of the tests' pictures, lie on a picture of a cup, seen for two
seconds at 24 frames a second through a camera's noise. Printed is the share of them that is found
in the first frame, after half a second and after two, where the stream begins with them and, in
brackets, where they come into an empty scene one after another for two seconds, 0.1 and 2 seconds
after the last. `PYTHONPATH=src` of another revision measures that one.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from measure_small_faces import MEDIA, scene

from mimika.detection import HIGH_SCORE, open_detector
from mimika.sources.picture import read_picture
from mimika.tracking.region_tracker import RegionTracker

SIZES = (16, 20, 24, 32, 48, 88)
FPS = 24
NOISE = 3.0


def share(tracker: RegionTracker, image: np.ndarray, index: int, size: int, centers: list) -> float:
    """Look at a frame; the share of the faces that are found in it."""
    noise = np.random.default_rng(index).normal(0, NOISE, (*image.shape[:2], 1))
    frame = np.clip(image + noise, 0, 255).astype(np.uint8)
    boxes = tracker.detect(frame, index / FPS).at_least(HIGH_SCORE).boxes
    near = [
        any(abs(b.center[0] - x) < size / 2 > abs(b.center[1] - y) for b in boxes)
        for x, y in centers
    ]
    return sum(near) / len(near)


def from_start(image: np.ndarray, size: int, centers: list) -> list[float]:
    """Shares found in each frame, where the stream begins with the faces."""
    tracker = RegionTracker(open_detector("yunet"))
    return [share(tracker, image, i, size, centers) for i in range(2 * FPS)]


def coming(image: np.ndarray, empty: np.ndarray, size: int, centers: list) -> list[float]:
    """Shares found in the frames from when the last face has come."""
    tracker = RegionTracker(open_detector("yunet"))
    now, side = empty.copy(), round(0.8 * size)
    for i in range(2 * FPS):
        for x, y in centers[i * len(centers) // (2 * FPS) : (i + 1) * len(centers) // (2 * FPS)]:
            part = (
                slice(max(0, int(y) - side), int(y) + side),
                slice(max(0, int(x) - side), int(x) + side),
            )
            now[part] = image[part]
        share(tracker, now, i, size, centers)
    return [share(tracker, now, i, size, centers) for i in range(2 * FPS, 4 * FPS)]


def main() -> None:
    width, height = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (1280, 720)
    empty = cv2.resize(read_picture(MEDIA / "coffee.png"), (width, height))
    print("pixels   first frame   0.5 s         2 s")
    for size in SIZES:
        image, centers = scene(size, width, height)
        start, later = from_start(image, size, centers), coming(image, empty, size, centers)
        cells = [
            f"{start[a]:4.0%} ({later[b]:4.0%})"
            for a, b in ((0, 2), (FPS // 2, FPS // 2), (-1, -1))
        ]
        print(f"{size:6}   {'   '.join(cells)}")


if __name__ == "__main__":
    main()
