"""Which faces YuNet finds in copies of which size, and how long a look takes.

    python scripts/measure_scales.py [MORE_PICTURES …]

Prints two tables: (1) the share of faces found by their height in the copy, for faces of the test
pictures shrunk into a room, (2) faces found and milliseconds for each picture and copy.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from mimika.base.timing import measure
from mimika.detection import HIGH_SCORE, Detector, open_detector
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEDIA = Path(__file__).parent.parent / "tests" / "media_files"
SIDES = (128, 160, 192, 256, 320, 480, 640, 960, 1280)
HEIGHTS = (6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 96, 128, 160)
ROOM = (720, 1280)


def portraits() -> list[tuple[NDArray[np.uint8], float]]:
    """Pictures cut around one face, each with the height of the face in pixels."""
    detector, cut = open_detector("yunet"), []
    for name in ("astronaut.png", "obama.jpg", "two_people.jpg"):
        image = cv2.imread(str(MEDIA / name))
        for box in detector.detect(image).at_least(HIGH_SCORE).boxes:
            x0, y0 = max(0, int(box.x - box.width)), max(0, int(box.y - box.height / 2))
            x1, y1 = int(box.x + 2 * box.width), int(box.y + 2 * box.height)
            cut.append((image[y0:y1, x0:x1], box.height))
    return cut


def by_height(detector: Detector) -> None:
    room = cv2.resize(cv2.imread(str(MEDIA / "coffee.png")), ROOM[::-1])
    faces = portraits()
    print(f"share found of {len(faces)} faces at 6 places, by height in the copy (px)")
    print("side   " + " ".join(f"{height:>5}" for height in HEIGHTS))
    for side in SIDES:
        shares = []
        for height in HEIGHTS:
            hits = tries = 0
            for face, face_height in faces:
                scale = height * max(ROOM) / side / face_height
                small = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                free_y, free_x = ROOM[0] - small.shape[0], ROOM[1] - small.shape[1]
                if free_y < 0 or free_x < 0:
                    continue
                for place in range(6):
                    scene = room.copy()
                    y, x = free_y * place // 6, free_x * ((place * 5) % 6) // 6
                    scene[y : y + small.shape[0], x : x + small.shape[1]] = small
                    around = Box(x, y, small.shape[1], small.shape[0])
                    found = detector.detect(scene, side).at_least(HIGH_SCORE)
                    hits += any(around.iou(box) > 0.1 for box in found.boxes)
                    tries += 1
            shares.append(f"{hits / tries:5.2f}" if tries else "    -")
        print(f"{side:5}  " + " ".join(shares))


def by_picture(detector: Detector, paths: list[Path]) -> None:
    print("\nfaces found (median ms)")
    print(f"{'picture':28} " + " ".join(f"{side:>10}" for side in SIDES) + "   thorough")
    for path in paths:
        image = cv2.imread(str(path))
        cells = []
        for side in (*SIDES, 0):
            found = detector.detect(image, side).at_least(HIGH_SCORE)
            took = measure(lambda: detector.detect(image, side), seconds=0, least_runs=7)  # noqa: B023
            cells.append(f"{len(found)} ({took.median_ms:5.1f})")
        print(f"{path.name[:28]:28} " + " ".join(f"{cell:>10}" for cell in cells))


def main() -> None:
    detector = open_detector("yunet")
    by_height(detector)
    pictures = [p for p in sorted(MEDIA.iterdir()) if p.suffix in {".png", ".jpg"}]
    by_picture(detector, [*pictures, *map(Path, sys.argv[1:])])


if __name__ == "__main__":
    main()
