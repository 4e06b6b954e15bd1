"""How many tilted faces are found in pictures that are cut tightly around them.

    python scripts/measure_tilted_faces.py SHEET.webp [PICTURES_WITHOUT_FACES]

SHEET.webp holds faces of 80x80 pixels, 50 in a row; 60 of them are taken, and turned by 45 degrees
on a black square. Prints the share that is found at the first look, and with a second one at the
picture turned by 45 degrees to either side; and in how many of a folder's pictures, which hold no
face, either finds one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from mimika.detection import HIGH_SCORE, Detector, open_detector
from mimika.detection.tilted import detect_tilted, turned

SIDE = 80
FACES = 60


def looks(detector: Detector, picture: np.ndarray) -> tuple[bool, bool]:
    """Whether the first look finds a face, and whether one of two looks does."""
    first = len(detector.detect(picture).at_least(HIGH_SCORE)) > 0
    return first, first or len(detect_tilted(detector, picture)) > 0


def main() -> None:
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    detector = open_detector("yunet", engine="cpu")
    sheet = cv2.imread(sys.argv[1])
    places = [(y, x) for y in range(0, len(sheet), SIDE) for x in range(0, sheet.shape[1], SIDE)]
    faces = [sheet[y : y + SIDE, x : x + SIDE] for y, x in places[:: len(places) // FACES]][:FACES]
    for degrees in (0, 45, -45):
        found = np.mean([looks(detector, turned(face, degrees)[0]) for face in faces], axis=0)
        print(f"turned by {degrees}: found {found[0]:.2f}, with a second look {found[1]:.2f}")
    if len(sys.argv) == 3:
        pictures = [cv2.imread(str(path)) for path in sorted(Path(sys.argv[2]).iterdir())]
        seen = [looks(detector, picture) for picture in pictures if picture is not None]
        print(f"{len(seen)} pictures without a face: one found in {np.sum(seen, axis=0)}")


if __name__ == "__main__":
    main()
