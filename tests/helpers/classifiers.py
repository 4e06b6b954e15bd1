"""Small ONNX classifiers with the ends that other people's have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mimika.models.adopt.preparation import Preparation

LABELS = ("anger", "happy", "sad")


def network(
    path: Path,
    *,
    layout: str = "nhwc",
    channels: int = 3,
    side: int = 32,
    softmax: bool = False,
    batch: object = "N",
    kind: int = TensorProto.FLOAT,
    outputs: int = 1,
    columns: int = 3,
    values: bool = False,
    rigid: bool = False,
) -> Path:
    """A small convolutional classifier whose answers depend on every channel and on the order.

    Args:
        outputs: 2 gives the features as well.
        columns: of the answer.
        values: a further output of two values, the features' first two.
        rigid: a shape inside holds for the batch alone, so that its first axis cannot be freed.
    """
    rng = np.random.default_rng(5)
    dtype = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}[kind]
    kernel = rng.normal(0, 0.5, (8, channels, 3, 3)).astype(dtype)
    matrix = rng.normal(0, 0.4, (8, columns)).astype(dtype)
    nodes, last = [], "picture"
    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", [last], ["nchw"], perm=[0, 3, 1, 2]))
        last = "nchw"
    nodes += [
        helper.make_node("Conv", [last, "kernel"], ["c"], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "matrix"], ["z"]),
        helper.make_node("Softmax" if softmax else "Identity", ["z"], ["answer"]),
        helper.make_node("Identity", ["f"], ["features"]),
    ]
    if rigid:
        assert isinstance(batch, int)
        nodes[nodes.index(next(n for n in nodes if n.output[0] == "f"))] = helper.make_node(
            "Reshape", ["p", "fixed"], ["f"]
        )
    if values:
        nodes.append(helper.make_node("MatMul", ["f", "two"], ["va"]))
    shape = [batch, side, side, channels] if layout == "nhwc" else [batch, channels, side, side]
    ends = [("answer", ["N", columns]), ("features", ["N", 8])][:outputs]
    ends += [("va", ["N", 2])] if values else []
    graph = helper.make_graph(
        nodes if outputs == 2 else [n for n in nodes if n.output[0] != "features"],
        "g",
        [helper.make_tensor_value_info("picture", kind, shape)],
        [helper.make_tensor_value_info(name, kind, axes) for name, axes in ends],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(matrix, "matrix"),
            numpy_helper.from_array(np.array([batch if rigid else 1, 8]), "fixed"),
            numpy_helper.from_array(np.array([[4, 0]] + [[0, -2]] * 7, dtype), "two"),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def preparation_of(**changes) -> Preparation:
    return Preparation(**({"width": 32, "height": 32, "layout": "nhwc", "color": "rgb"} | changes))


def bare(path: Path, names, faces) -> list[np.ndarray]:
    """What a network gives for faces from 0 to 1, one at a time or together."""
    import onnxruntime as ort

    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    fed = (faces / 255.0).astype(np.float32)
    if isinstance(session.get_inputs()[0].shape[0], int):
        rows = [session.run(names, {"picture": one[None]}) for one in fed]
        return [np.concatenate([row[k] for row in rows]) for k in range(len(names))]
    return session.run(names, {"picture": fed})


def softmax(rows: np.ndarray) -> np.ndarray:
    return np.exp(rows) / np.exp(rows).sum(1, keepdims=True)
