"""Whether `mesh.onnx` says what MediaPipe's own networks say in LiteRT, on real faces.

    python -m venv litert; litert/bin/pip install ai-edge-litert onnxruntime opencv-python-headless
    PYTHONPATH=src litert/bin/python scripts/check_mesh.py face_landmarker.task [--write]

Prints the largest differences of each face: of the points in pixels of the crop, of the presence's
log-odds, and of the blendshapes; ends with 1 where one is over 1e-3. `--write` renews
tests/mesh/litert.npz, to which the everyday tests hold the network.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from convert_mesh import BLENDSHAPE_POINTS, numbers

from mimika.mesh.network import MeshNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 1e-3
ROOT = Path(__file__).parent.parent
MEDIA = ROOT / "tests" / "media_files"
REFERENCE = ROOT / "tests" / "mesh" / "litert.npz"
# File, corner, and length in pixels of the picture: 128 are doubled, of 512 every second is taken,
# as interpolation differs between versions of OpenCV.
CROPS = (
    ("astronaut.png", 160, 54, 128),
    ("obama.jpg", 236, 0, 512),
    ("two_people.jpg", 183, 0, 256),
    ("two_people.jpg", 736, 25, 256),
)


def crop_of(name: str, x: int, y: int, length: int) -> NDArray[np.uint8]:
    """A crop as the network takes it, (256, 256, 3) uint8 RGB."""
    picture = cv2.imread(str(MEDIA / name))
    places = np.arange(256) * length // 256
    return np.ascontiguousarray(picture[np.ix_(y + places, x + places)][:, :, ::-1])


class LiteRt:
    """The two networks of a .task file in LiteRT."""

    def __init__(self, task: Path) -> None:
        with zipfile.ZipFile(task) as files:
            self._points, self._shapes = (
                Interpreter(model_content=files.read(name), num_threads=1)
                for name in ("face_landmarks_detector.tflite", "face_blendshapes.tflite")
            )
        self._points.allocate_tensors()
        self._shapes.allocate_tensors()

    def __call__(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Points (478, 3), the presence's log-odds (1,) and blendshapes (52,)."""
        found = _run(self._points, crop[np.newaxis].astype(np.float32) / 255)
        points = found["Identity"].reshape(478, 3)
        (shapes,) = _run(self._shapes, points[np.newaxis, numbers(BLENDSHAPE_POINTS), :2]).values()
        return points, found["Identity_1"].reshape(1), shapes


def _run(network: Interpreter, values: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    network.set_tensor(network.get_input_details()[0]["index"], values)
    network.invoke()
    return {
        each["name"]: network.get_tensor(each["index"]).copy()
        for each in network.get_output_details()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("task", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    reference, network = LiteRt(arguments.task), MeshNetwork(engine="cpu")
    rows, worst = [], 0.0
    for each in CROPS:
        crop = crop_of(*each)
        points, logit, shapes = reference(crop)
        found = network(crop)
        differences = (
            float(np.abs(found.points - points).max()),
            abs(found.presence_logit - float(logit[0])),
            float(np.abs(found.blendshapes - shapes).max()),
        )
        worst = max(worst, *differences)
        rows.append((points, logit, shapes))
        print(
            f"{each[0]:16} presence {float(logit[0]):5.1f}  largest difference: points "
            f"{differences[0]:.1e} px, presence {differences[1]:.1e}, "
            f"blendshapes {differences[2]:.1e}"
        )
    if arguments.write:
        REFERENCE.parent.mkdir(exist_ok=True)
        points, logits, shapes = (np.stack(column) for column in zip(*rows, strict=True))
        np.savez_compressed(
            REFERENCE,
            files=np.array([each[0] for each in CROPS]),
            corners=np.array([each[1:] for each in CROPS]),
            points=points.astype(np.float32),
            presence_logits=logits[:, 0],
            blendshapes=shapes,
        )
        print(f"{REFERENCE}: {REFERENCE.stat().st_size:,} bytes")
    if worst > MOST:
        sys.exit(f"Over {MOST}.")


if __name__ == "__main__":
    main()
