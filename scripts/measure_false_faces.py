"""How well rules tell faces from what the detector takes for faces.

    python scripts/measure_false_faces.py PICTURES_WITHOUT_FACES PORTRAITS

PICTURES_WITHOUT_FACES and PORTRAITS (one face each) are folders. The former are looked at as they
are, as mirror images, in quarter turns, at half and twice their size. The faces of the latter are
shrunk to 64, 40 and 28 pixels and set before a background of noise: as they are, dim and noisy,
blurred by motion, with the mouth covered, and with the eyes covered. Prints how many boxes there
are from a score of 0.6, what a higher score leaves, and what is left if a box of less than that
score has to have a mesh (boxes too small for one stay): alone, and where boxes that the default
model takes for no faces are left out first, as `mimika image` does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from mimika.detection import HIGH_SCORE, open_detector
from mimika.mesh.face_mesh import FaceMesh, large_enough
from mimika.mesh.network import MeshNetwork
from mimika.models.mirrored import predict_mirrored
from mimika.models.model import open_model
from mimika.models.preprocessing import prepare
from mimika.pipeline.settings import Settings
from mimika.schema.geometry import Box
from mimika.schema.outputs import PRESENCE_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


class Seen(NamedTuple):
    """A box.

    Attributes:
        score: the detector's.
        meshed: whether it has a mesh, or is too small for one.
        present: whether the model takes it for a face.
    """

    score: float
    meshed: bool
    present: bool


SCORES = (0.7, 0.8)
SIZES_PX = (64, 40, 28)
CANVAS = 640
LEAST_OVERLAP = 0.4


class Looker:
    """The detector, the model's presence, and the mesh of what the detector is not certain of."""

    def __init__(self) -> None:
        self.detector = open_detector("yunet", engine="cpu")
        self.mesh = FaceMesh(MeshNetwork(engine="cpu"))
        self.model = open_model("default", engine="cpu")

    def __call__(self, picture: Picture, face: Box | None = None) -> list[Seen]:
        """What each box is; the one over `face` where that is given."""
        found = self.detector.detect(picture).at_least(HIGH_SCORE)
        card = self.model.card
        crops = prepare(picture, found.boxes, card.input, card.crop_margin)
        presence = predict_mirrored(self.model, crops, (PRESENCE_OUTPUT,))[PRESENCE_OUTPUT][:, 0]
        present = (presence >= Settings().min_presence).tolist()
        seen = []
        for box, score, shown in zip(found.boxes, found.scores, present, strict=True):
            if face is None or box.iou(face) >= LEAST_OVERLAP:
                doubtful = score < max(SCORES) and large_enough(box)
                has_mesh = not doubtful or self.mesh.read(picture, box) is not None
                seen.append(Seen(score, has_mesh, shown))
        return seen[:1] if face is not None else seen


def forms(picture: Picture) -> Iterator[Picture]:
    """A picture, its mirror image and turns, and it at other sizes."""
    yield picture
    yield np.ascontiguousarray(picture[:, ::-1])
    for turns in (1, 2, 3):
        yield np.ascontiguousarray(np.rot90(picture, turns))
    for scale in (0.5, 2.0):
        yield cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def conditions(
    picture: Picture, box: Box, size: int, rng: np.random.Generator
) -> Iterator[tuple[str, Picture, Box]]:
    """A face of `size` pixels in five conditions, with its place."""
    scale = size / max(box.width, box.height)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = small[:CANVAS, :CANVAS]
    height, width = small.shape[:2]
    y, x = (int(rng.integers(0, CANVAS - length + 1)) for length in (height, width))
    canvas = rng.normal(128, 25, (CANVAS, CANVAS, 3)).clip(0, 255).astype(np.uint8)
    canvas[y : y + height, x : x + width] = small
    face = box.scaled(scale, scale)
    face = Box(face.x + x, face.y + y, face.width, face.height)
    yield "as they are", canvas, face
    dim = 0.2 * canvas + rng.normal(0, 8, canvas.shape)
    yield "light x 0.2, noise 8", dim.clip(0, 255).astype(np.uint8), face
    length = max(3, size // 5)
    yield "motion blur of 20%", cv2.filter2D(canvas, -1, np.eye(length) / length), face
    for name, top, bottom in (("mouth covered", 0.5, 1.0), ("eyes covered", 0.2, 0.5)):
        covered = canvas.copy()
        first = round(face.y + top * face.height), round(face.y + bottom * face.height)
        covered[slice(*first), round(face.x) : round(face.x + face.width)] = 40
        yield name, covered, face


def print_row(name: str, seen: list[Seen]) -> None:
    """Print a line: how many boxes each rule leaves."""
    shown = [each for each in seen if each.present]
    for kind, boxes in (("all", seen), ("taken for faces by the model", shown)):
        words = [f"{kind}: {len(boxes)} boxes"]
        for least in SCORES:
            kept = sum(each.score >= least for each in boxes)
            meshed = sum(each.score >= least or each.meshed for each in boxes)
            words.append(f"score {least}: {kept}, or a mesh: {meshed}")
        print(f"{name:24} {'; '.join(words)}", flush=True)


def pictures(folder: str) -> list[Picture]:
    """The pictures of a folder."""
    found = [cv2.imread(str(path)) for path in sorted(Path(folder).iterdir())]
    return [picture for picture in found if picture is not None]


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    look, rng = Looker(), np.random.default_rng(0)
    print_row(
        "no faces", [s for p in pictures(sys.argv[1]) for form in forms(p) for s in look(form)]
    )
    rows: dict[str, list[Seen]] = {}
    for picture in pictures(sys.argv[2]):
        boxes = look.detector.detect(picture).at_least(HIGH_SCORE).boxes
        if not boxes:
            continue
        box = max(boxes, key=lambda each: each.area)
        for size in SIZES_PX:
            for name, shown, face in conditions(picture, box, size, rng):
                rows.setdefault(name, []).extend(look(shown, face))
    for name, seen in rows.items():
        print_row(name, seen)
    print_row("faces", [each for seen in rows.values() for each in seen])


if __name__ == "__main__":
    main()
