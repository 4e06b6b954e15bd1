"""How well the mesh follows known turns, how small a face may be, and what it costs.

    python scripts/measure_mesh.py [PICTURES …]

Takes the test media's portraits, or other pictures, of which the largest face counts
(portraits, as of several faces another may be the largest one after a turn). Prints the
error of the roll for pictures turned by known angles, how far the head's angles move in pictures
shrunk until the face is so small, and milliseconds of processor time a face: of one run, which is
what a followed face takes, and of a face that is first seen. Last, how often the emotion stays
what it was when a picture is tilted, with faces cut as they are and cut upright by the mesh.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

import mimika
from mimika.detection import open_detector
from mimika.mesh import face_mesh
from mimika.mesh.face_mesh import FaceMesh
from mimika.mesh.network import MeshNetwork
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

MEDIA = Path(__file__).parent.parent / "tests" / "media_files"
PORTRAITS = [MEDIA / name for name in ("astronaut.png", "obama.jpg")]
TURNS = (10, 20, 30, 45, 60, 90, 180)
SIZES_PX = (100, 64, 48, 32, 24, 20, 16)
MARGIN_PX = 20
ROUNDS = 30


def turned(image: Picture, degrees: float) -> Picture:
    """The picture turned clockwise on a canvas that holds it all."""
    height, width = image.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    return cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)


def roll_errors(
    mesh: FaceMesh, find: Callable[[Picture], Box | None], images: list[Picture]
) -> None:
    """Print the error of the roll for each turn."""
    for turn in TURNS:
        errors, none = [], 0
        for image in images:
            upright = mesh.read(image, find(image))
            for degrees in (-turn, turn):
                picture = turned(image, degrees)
                box = find(picture)
                found = mesh.read(picture, box) if box else None
                if found is None or upright is None:
                    none += 1
                    continue
                error = found.pose.roll - upright.pose.roll - degrees
                errors.append(abs((error + 180) % 360 - 180))
        worst = f"median {np.median(errors):.1f}, largest {max(errors):.1f}" if errors else "-"
        print(f"turned by {turn:3}: error of the roll {worst} degrees; no answer {none}")


def small_faces(
    mesh: FaceMesh, find: Callable[[Picture], Box | None], images: list[Picture]
) -> None:
    """Print how far the angles move in shrunk pictures."""
    face_mesh.MIN_FACE_PX = 1
    for size in SIZES_PX:
        moved, none = [], 0
        for image in images:
            box = find(image)
            whole, scale = mesh.read(image, box), size / max(box.width, box.height)
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            small = cv2.copyMakeBorder(small, *[MARGIN_PX] * 4, cv2.BORDER_REPLICATE)
            place = box.scaled(scale, scale)
            place = Box(place.x + MARGIN_PX, place.y + MARGIN_PX, place.width, place.height)
            found = mesh.read(small, place)
            if found is None or whole is None:
                none += 1
                continue
            a, b = found.pose, whole.pose
            moved.append(max(abs(a.yaw - b.yaw), abs(a.pitch - b.pitch), abs(a.roll - b.roll)))
        spread = f"median {np.median(moved):.1f}, largest {max(moved):.1f}" if moved else "-"
        print(f"faces of {size:3} px: angles move by {spread} degrees; no answer {none}")


def tilted_emotions(images: list[Picture]) -> None:
    """Print how far the emotions of tilted pictures are from those of upright ones."""
    settings = {mesh: mimika.Settings(mesh=mesh, engine="cpu") for mesh in (False, True)}

    def shown(image: Picture, mesh: bool) -> mimika.Face | None:
        faces = mimika.analyze(image, settings=settings[mesh])
        return max(faces, key=lambda face: face.box.area, default=None)

    for degrees in (20, 30, 45, 60):
        words = []
        for mesh in settings:
            same, moved = [], []
            for image in images:
                upright, tilted = shown(image, False), shown(turned(image, degrees), mesh)
                if upright is None or tilted is None:
                    continue
                same.append(upright.emotion == tilted.emotion)
                before, after = upright.probabilities, tilted.probabilities
                moved.append(max(abs(after[label] - share) for label, share in before.items()))
            way = "cut upright" if mesh else "as they are"
            words.append(f"{way} {np.mean(same):.1%} of {len(same)}, moved by {np.mean(moved):.3f}")
        print(f"tilted by {degrees}: the same emotion {'; '.join(words)}")


def costs(mesh: FaceMesh, find: Callable[[Picture], Box | None], image: Picture) -> None:
    """Print what a face takes."""
    box = find(image)
    region = mesh.read(image, box).region
    ways = {
        "followed": lambda: mesh.follow(image, box, region),
        "new": lambda: mesh.read(image, box),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            way().values()
            taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    for name, times in taken.items():
        wall_ms, cpu_ms = np.quantile(times, [0.1, 0.5], axis=0).T * 1e3
        print(
            f"{name}: processor time {cpu_ms[0]:.1f} ms (median {cpu_ms[1]:.1f}), "
            f"wall {wall_ms[0]:.1f} ms (median {wall_ms[1]:.1f})"
        )


def main() -> None:
    images = [cv2.imread(str(path)) for path in sys.argv[1:] or PORTRAITS]
    detector = open_detector("yunet", engine="cpu")

    def find(image: Picture) -> Box | None:
        boxes = detector.detect(image).at_least(0.6).boxes
        return max(boxes, key=lambda box: box.area, default=None)

    for threads in (1, 2):
        print(f"{threads} thread(s)")
        costs(FaceMesh(MeshNetwork(engine="cpu", threads=threads)), find, images[0])
    mesh = FaceMesh(MeshNetwork(engine="cpu"))
    roll_errors(mesh, find, images)
    small_faces(mesh, find, images)
    tilted_emotions(images)


if __name__ == "__main__":
    main()
