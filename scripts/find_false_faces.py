"""Cut out what the detector takes for faces in pictures without faces, for a model to learn.

    python scripts/find_false_faces.py PICTURES OUT [--only scripts/no_face_pictures.txt]
        [--looks 8] [--score 0.3] [--margin 0] [--side 64]

PICTURES is a folder of pictures that hold no face, in it or anywhere below: what is drawn or made
to look like a face counts as one, so leave out dolls, statues, cartoons. `--only` names a file of
regular expressions, one a line, for the paths of the pictures that count; after "!" for those that
do not. Each picture is looked at as it is, and further times turned, mirrored, at another size,
blurred, dim or as a negative. Every box of the score or more is cut out as a stream would cut it,
with the margin around it. OUT gets the crops as gray pictures of that side, NUMBER-LOOK-BOX.png
after the picture's number, and crops.csv: file, picture, score, side of the box in pixels. Split
them by the picture, as crops of one resemble each other. Prints how many there are by score.
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.detection import open_detector
from mimika.models.card import InputSpec
from mimika.models.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from mimika.detection import Detector

    Picture = NDArray[np.uint8]

ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
LEAST_BYTES = 4000
"""Smaller files are icons."""
LONGEST_PX, SHORTEST_PX = 700, 40
MOST_A_LOOK, MOST_A_PICTURE = 6, 80
SCORES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
BORDERS = (cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT, cv2.BORDER_REPLICATE)


def chosen(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """The pictures of a folder that the patterns allow; all where there are none."""
    lines = [line for line in patterns if line and not line.startswith("#")]
    wanted = [line for line in lines if not line.startswith("!")] or [""]
    unwanted = [line[1:] for line in lines if line.startswith("!")]
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not path.is_symlink()
        and path.stat().st_size >= LEAST_BYTES
        and any(re.search(each, path.relative_to(folder).as_posix()) for each in wanted)
        and not any(re.search(each, path.relative_to(folder).as_posix()) for each in unwanted)
    ]


def read(path: Path) -> NDArray[np.uint8] | None:
    """A picture, (H, W, 3) BGR or (H, W, 4) with its transparency; None where it is none."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        return None
    if image.dtype != np.uint8:
        image = (image / 256).astype(np.uint8)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    scale = min(1.0, LONGEST_PX / max(image.shape[:2]))
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return image if min(image.shape[:2]) >= SHORTEST_PX else None


def on_some_ground(image: Picture, rng: np.random.Generator) -> Picture:
    """A transparent picture before a color with noise; others as they are."""
    if image.shape[2] < 4:
        return image
    opaque = image[..., 3:] / 255.0
    noise = rng.normal(0, rng.choice([0, 8, 25]), (*image.shape[:2], 3))
    ground = rng.integers(0, 256, 3) + noise
    mixed = image[..., :3] * opaque + ground * (1 - opaque)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def moved(image: Picture, rng: np.random.Generator) -> Picture:
    """A picture mirrored, at another size and turned."""
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
    height, width = image.shape[:2]
    scale = np.exp(rng.uniform(np.log(64), np.log(560))) / max(height, width)
    degrees = rng.choice([0, rng.uniform(-30, 30), rng.uniform(-180, 180)])
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(width * cos + height * sin) + 8, int(width * sin + height * cos) + 8
    matrix[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
    if scale < 0.6:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return cv2.warpAffine(image, matrix, size, borderMode=int(rng.choice(BORDERS)))


def degraded(image: Picture, rng: np.random.Generator) -> Picture:
    """A picture blurred, dim and noisy, as a negative, or as it is."""
    kind = rng.random()
    if kind < 0.2:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.5))
    if kind < 0.4:
        noise = rng.normal(0, rng.uniform(0, 10), image.shape)
        return np.clip(image * rng.uniform(0.15, 1.2) + noise, 0, 255).astype(np.uint8)
    return 255 - image if kind < 0.5 else image


def looks(image: Picture, count: int, rng: np.random.Generator) -> Iterator[Picture]:
    """A picture as it is, and `count` - 1 times changed."""
    for i in range(count):
        shown = on_some_ground(image, rng)
        yield degraded(moved(shown, rng), rng) if i else shown


class Cutter:
    """Finds the boxes of a look and cuts them out."""

    def __init__(self, *, score: float, margin: float, side: int) -> None:
        self._detector: Detector = open_detector("yunet", engine="cpu", threads=1)
        self._score, self._margin = score, margin
        self._spec = InputSpec(side, side, 1, "gray")

    def __call__(self, shown: Picture) -> Iterator[tuple[float, float, Picture]]:
        """Score and side of each box, the best first, and its crop, (side, side, 1) uint8."""
        found = self._detector.detect(shown, max(shown.shape[:2])).at_least(self._score)
        best = sorted(range(len(found)), key=lambda i: -found.scores[i])[:MOST_A_LOOK]
        boxes = [found.boxes[i] for i in best]
        to_crop = self._detector.box_to_crop
        crops = prepare(shown, [to_crop(box) for box in boxes], self._spec, self._margin)
        for i, box, crop in zip(best, boxes, crops, strict=True):
            yield found.scores[i], max(box.width, box.height), crop


def main() -> None:
    """Cut, write, and print how many."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", type=Path)
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--score", type=float, default=SCORES[0])
    parser.add_argument("--margin", type=float, default=0.0)
    parser.add_argument("--side", type=int, default=64)
    given = parser.parse_args()
    patterns = given.only.read_text(encoding="utf-8").splitlines() if given.only else []
    paths = chosen(given.pictures, patterns)
    if not paths:
        raise SystemExit(f"{given.pictures} holds no pictures that count: check the name.")
    cut = Cutter(score=given.score, margin=given.margin, side=given.side)
    given.out.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    scores: list[tuple[float, int]] = []
    with (given.out / "crops.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "picture", "score", "side"])
        for number, path in enumerate(paths):
            image = read(path)
            # Packages share pictures.
            key = b"" if image is None else cv2.resize(image, (8, 8)).tobytes()
            if image is None or key in seen:
                continue
            seen.add(key)
            rng = np.random.default_rng([0, number])
            found = [
                (score, side, f"{number:05}-{look:02}-{box}.png", crop)
                for look, shown in enumerate(looks(image, given.looks, rng))
                for box, (score, side, crop) in enumerate(cut(np.ascontiguousarray(shown)))
            ]
            found.sort(key=lambda each: -each[0])
            for score, side, name, crop in found[:MOST_A_PICTURE]:
                cv2.imwrite(str(given.out / name), crop)
                where = path.relative_to(given.pictures).as_posix()
                table.writerow([name, where, round(score, 4), round(side, 1)])
                scores.append((score, number))
    print(f"{len(seen)} pictures, {len(scores)} boxes")
    for least in SCORES:
        counted = [number for score, number in scores if score >= least]
        print(f"score {least}: {len(counted)} boxes of {len(set(counted))} pictures")


if __name__ == "__main__":
    main()
