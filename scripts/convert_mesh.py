"""Make `src/mimika/assets/mesh.onnx` of MediaPipe's Face Landmarker.

    pip install tflite onnx numpy
    PYTHONPATH=src python scripts/convert_mesh.py face_landmarker.task [-o mesh.onnx]

The .task file is a zip; its points and its blendshapes become one network, which takes crops as
uint8, so that nothing of the file has to be known elsewhere. Weights stay float16, as they are
there, and are widened when the network is loaded. The blendshape names, and the points of the
canonical face with their weights in the fit of the head's pose, are in the metadata under
`mimika.mesh`. `scripts/check_mesh.py` compares the result with LiteRT.
"""

from __future__ import annotations

import argparse
import json
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from tflite_to_onnx import Graph, Network

from mimika.schema.mesh import BLENDSHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 256
POINTS = 478
METADATA_KEY = "mimika.mesh"

# The points that the blendshapes' network takes, from MediaPipe's face_blendshapes_graph.cc.
BLENDSHAPE_POINTS = (
    "0 1 4-8 10 13 14 17 21 33 37 39 40 46 52-55 58 61 63 65-67 70 78 80-82 84 87 88 91 93 95 103 "
    "105 107 109 127 132 133 136 144-146 148-150 152-155 157-163 168 172 173 176 178 181 185 191 "
    "195 197 234 246 249 251 263 267 269 270 276 282-285 288 291 293 295-297 300 308 310-312 314 "
    "317 318 321 323 324 332 334 336 338 356 361 362 365 373-375 377-382 384-390 397 398 400 402 "
    "405 409 415 454 466 468-477"
)


def numbers(ranges: str) -> list[int]:
    """Whole numbers written as "1 4-8 10"."""
    found = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def messages(raw: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a protocol buffer, by number: whole numbers, floats and bytes."""
    place = 0

    def varint() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = raw[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(raw):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        length = varint() if key & 7 == 2 else 4
        part = raw[place : place + length]
        place += length
        yield key >> 3, part if key & 7 == 2 else struct.unpack("<f", part)[0]


def canonical_face(raw: bytes) -> dict[str, Any]:
    """The points that the pose is fitted to, from the file's geometry: where they lie on the
    canonical face in centimeters (x to the picture's right, y up, z to the camera), and their
    weights.
    """
    vertices: list[float] = []
    weights: dict[int, float] = {}
    for number, value in messages(raw):
        if number == 1:
            vertices = [each for part, each in messages(value) if part == 3]
        elif number == 2:
            fields = dict(messages(value))
            weights[fields[1]] = fields[2]
    places = np.array(vertices).reshape(-1, 5)[:, :3]
    points = sorted(weights)
    return {
        "points": points,
        "positions": [[round(v, 5) for v in places[point].tolist()] for point in points],
        "weights": [round(weights[point], 6) for point in points],
    }


def convert(task: Path) -> Any:
    """Make the ONNX network of a .task file."""
    with zipfile.ZipFile(task) as files:
        points_net = files.read("face_landmarks_detector.tflite")
        shapes_net = files.read("face_blendshapes.tflite")
        face = canonical_face(files.read("geometry_pipeline_metadata_landmarks.binarypb"))
    graph = Graph()
    crops = graph.add("Cast", "faces", to=TensorProto.FLOAT)
    crops = graph.add("Transpose", crops, perm=[0, 3, 1, 2])
    crops = graph.add("Div", crops, graph.constant("white", np.array(255, np.float32)))
    # The third output, the tongue, is not used.
    flat, logit, _ = Network(points_net, graph, "p", picture=True).convert(crops)

    def shaped(name: str, source: str, *shape: int) -> str:
        return graph.add("Reshape", source, graph.constant(name, np.array(shape, np.int64)))

    points = shaped("points_shape", flat, -1, POINTS, 3)
    chosen = graph.constant("chosen", np.array(numbers(BLENDSHAPE_POINTS), np.int64))
    plane = graph.add(
        "Slice",
        graph.add("Gather", points, chosen, axis=1),
        *(
            graph.constant(f"plane{i}", np.array([value], np.int64))
            for i, value in enumerate((0, 2, 2))
        ),
    )
    (shapes,) = Network(shapes_net, graph, "b", picture=False).convert(plane)
    presence = shaped("presence_shape", logit, -1)
    outputs = {"points": (points, [POINTS, 3]), "presence_logit": (presence, []),
               "blendshapes": (shapes, [len(BLENDSHAPES)])}  # fmt: skip
    for name, (source, _) in outputs.items():
        graph.nodes.append(helper.make_node("Identity", [source], [name]))
    _drop_unused(graph, set(outputs))
    network = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "face_mesh",
            [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
                for name, (_, shape) in outputs.items()
            ],
            list(graph.weights.values()),
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
        producer_name="mimika",
    )
    about = {"blendshapes": list(BLENDSHAPES), "face": face, "license": "Apache-2.0"}
    helper.set_model_props(network, {METADATA_KEY: json.dumps(about)})
    onnx.checker.check_model(network, full_check=True)
    return network


def _drop_unused(graph: Graph, wanted: set[str]) -> None:
    kept = []
    for node in reversed(graph.nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    graph.nodes = kept[::-1]
    graph.weights = {name: value for name, value in graph.weights.items() if name in wanted}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("task", type=Path)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(__file__).parent.parent / "src" / "mimika" / "assets" / "mesh.onnx",
    )
    arguments = parser.parse_args()
    onnx.save(convert(arguments.task), arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
