"""How alike one person looks over time, and how alike different people look.

    python scripts/measure_people.py FILM...          people of films, over time
    python scripts/measure_people.py --pairs FOLDER   NAME-neutral.jpg against NAME-smiling.jpg

From these come the limits in `mimika.tracking.people`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

import mimika
from mimika.tracking.appearance import Appearance
from mimika.tracking.people import AWAY_S, SIMILAR, VERY_SIMILAR


def film(path: str) -> None:
    """The differences of each person's looks over time, and those between people."""
    looks = defaultdict(list)
    with mimika.Recognizer() as recognizer, mimika.open_source(path) as frames:
        for frame in frames:
            for face in recognizer(frame).faces:
                looks[face.track_id].append(Appearance.of(frame.image, face.box))
    for number, seen in looks.items():
        later = [min(look.difference(e) for e in seen[: i - 24]) for i, look in enumerate(seen)
                 if i > 24]  # fmt: skip
        if later:
            print(f"{path}: {number} again after a second: {shown(later)}")
    for (one, mine), (other, theirs) in pairwise(looks.items()):
        between = [min(look.difference(e) for e in mine) for look in theirs]
        print(f"{path}: {one} and {other}: {shown(between)}")


def pairs(folder: Path) -> None:
    """The differences between two pictures of each person, and between people."""
    looks = {}
    for file in sorted(folder.glob("*-*.jpg")):
        picture = cv2.imread(str(file))
        if faces := mimika.analyze(picture):
            main = max(faces, key=lambda face: face.box.area)
            looks[tuple(file.stem.split("-"))] = Appearance.of(picture, main.box)
    calm = {name: look for (name, kind), look in looks.items() if kind == "neutral"}
    happy = {name: look for (name, kind), look in looks.items() if kind == "smiling"}
    same = [calm[name].difference(happy[name]) for name in calm.keys() & happy.keys()]
    other = [calm[a].difference(happy[b]) for a in calm for b in happy if a != b]
    print(f"one person, calm and smiling: {shown(same)}")
    print(f"two people: {shown(other)}")
    for words, limit in (("in the same place", SIMILAR), ("elsewhere", VERY_SIMILAR)):
        known, mistaken = np.mean(np.array(same) <= limit), np.mean(np.array(other) <= limit)
        print(f"{words} (limit {limit}): known again {known:.1%}, mistaken {mistaken:.1%}")


def shown(values: list[float]) -> str:
    """Percentiles."""
    low, middle, high = np.percentile(values, [1, 50, 99])
    return f"1% {low:.2f}, median {middle:.2f}, 99% {high:.2f}"


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("films", nargs="*")
    parser.add_argument("--pairs", type=Path)
    given = parser.parse_args()
    print(f"who is away is remembered for {AWAY_S:.0f} s")
    for path in given.films:
        film(path)
    if given.pairs:
        pairs(given.pairs)


if __name__ == "__main__":
    main()
