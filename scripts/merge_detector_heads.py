"""Make `src/mimika/assets/yunet.onnx` of a published YuNet: the same boxes for less work.

    pip install onnx
    python scripts/merge_detector_heads.py face_detection_yunet_2023mar.onnx [-o yunet.onnx]

At each of its three strides a published network has four heads, each a 1x1 and a 3x3 convolution of
one to ten channels. ONNX Runtime computes convolutions sixteen channels at a time, so three heads
that lie side by side cost as much as one; the fourth, landmarks, is left out, as Mimika reads the
points of a face from its mesh. Outputs are faces_8, faces_16, faces_32, (1, n, 6): the logits of
class and objectness, and the box.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("cls", "obj", "bbox")
STRIDES = (8, 16, 32)
CHANNELS = 6


def merged(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network with one head for each stride."""
    graph = model.graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    nodes: list[NodeProto] = []
    constants = {"rows": np.array([0, -1, CHANNELS], np.int64)}
    sources = []
    for stride in STRIDES:
        heads = [convolutions(maker, f"{kind}_{stride}") for kind in KINDS]
        sources.append(heads[0][0].input[0])
        value = sources[-1]
        for place, (name, groups, side) in enumerate((("point", 1, 1), ("depth", CHANNELS, 3))):
            named = [f"{name}_{stride}.weight", f"{name}_{stride}.bias"]
            for i, constant in enumerate(named, 1):
                parts = [weights[head[place].input[i]] for head in heads]
                constants[constant] = np.concatenate(parts)
            shape = {"kernel_shape": [side] * 2, "pads": [side // 2] * 4, "strides": [1, 1]}
            made = f"{name}_{stride}"
            nodes.append(helper.make_node("Conv", [value, *named], [made], group=groups, **shape))
            value = made
        last = f"last_{stride}"
        nodes.append(helper.make_node("Transpose", [value], [last], perm=[0, 2, 3, 1]))
        nodes.append(helper.make_node("Reshape", [last, "rows"], [f"faces_{stride}"]))
    nodes = [*needed(graph.node, sources), *nodes]
    used = {name for node in nodes for name in node.input}
    kept = [each for each in graph.initializer if each.name in used]
    added = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    outputs = [
        helper.make_tensor_value_info(
            f"faces_{stride}", TensorProto.FLOAT, ["batch", "n", CHANNELS]
        )
        for stride in STRIDES
    ]
    made_graph = helper.make_graph(nodes, "yunet", [graph.input[0]], outputs, [*kept, *added])
    result = helper.make_model(
        made_graph, opset_imports=model.opset_import, ir_version=model.ir_version
    )
    onnx.checker.check_model(result)
    return result


def convolutions(maker: dict[str, NodeProto], output: str) -> tuple[NodeProto, NodeProto]:
    """The two convolutions of the head that ends in `output`."""
    node = maker[output]
    while node.op_type != "Conv":
        node = maker[node.input[0]]
    return maker[node.input[0]], node


def needed(nodes: list[NodeProto], values: list[str]) -> list[NodeProto]:
    """The nodes that make values, in their order."""
    wanted, found = set(values), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            found.append(node)
    return found[::-1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("published", type=Path)
    assets = ROOT / "src" / "mimika" / "assets"
    parser.add_argument("-o", "--output", type=Path, default=assets / "yunet.onnx")
    arguments = parser.parse_args()
    onnx.save(merged(onnx.load(arguments.published)), arguments.output)


if __name__ == "__main__":
    main()
