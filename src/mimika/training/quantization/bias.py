"""Bias correction: what rounding the weights shifts on average is taken back by the biases.

Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", arXiv
1906.04721, section 4.2, with measured instead of derived means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.engines.onnxruntime_session import CPU_PROVIDER, session_options
from mimika.models.card import INPUT_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BATCH = 32
MOST_PIXELS = 1024 * 48 * 48
"""Of all faces together: large inputs need fewer faces for as good a mean, and cost more each."""


def correct_biases(exact: Any, quantized: Any, faces: NDArray[np.uint8]) -> None:
    """Shift an int8 network's biases until its convolutions' mean outputs are the float ones.

    Layer by layer from the input on, because every correction changes what the next layer sees.

    Args:
        exact: the float ONNX model.
        quantized: its int8 form (QDQ), with the same names of nodes; changed in place.
        faces: (N, H, W, C) uint8 calibration faces.
    """
    from onnx import numpy_helper

    faces = faces[: max(BATCH, MOST_PIXELS // (faces.shape[1] * faces.shape[2]))]
    exact_outputs = {node.name: node.output[0] for node in _convolutions(exact)}
    layers = [node for node in _convolutions(quantized) if len(node.input) == 3]
    if not layers:
        return  # no names would mean all outputs to ONNX Runtime
    wanted = _channel_means(exact, [exact_outputs[node.name] for node in layers], faces)
    constants = {constant.name: constant for constant in quantized.graph.initializer}
    scaled = {
        node.output[0]: node for node in quantized.graph.node if node.op_type == "DequantizeLinear"
    }
    for node, mean in zip(layers, wanted, strict=True):
        shift = mean - _channel_means(quantized, [node.output[0]], faces)[0]
        # The bias of a layer that was left in float is a plain constant.
        steps, *scale = scaled[node.input[2]].input if node.input[2] in scaled else [node.input[2]]
        bias = numpy_helper.to_array(constants[steps])
        if scale:
            shift = np.round(shift / numpy_helper.to_array(constants[scale[0]]))
        moved = (bias + shift).astype(bias.dtype)
        constants[steps].CopyFrom(numpy_helper.from_array(moved, steps))


def _convolutions(model: Any) -> list[Any]:
    return [node for node in model.graph.node if node.op_type == "Conv"]


def _channel_means(
    model: Any, names: Sequence[str], faces: NDArray[np.uint8]
) -> list[NDArray[np.float64]]:
    """Mean of each channel (C,) of the named (N, C, H, W) tensors over all faces and places."""
    import onnx
    import onnxruntime as ort

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    del shown.graph.node[:], shown.graph.output[:]
    shown.graph.node.extend(_makers(model.graph.node, names))
    shown.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = ort.InferenceSession(
        shown.SerializeToString(), session_options(), providers=[CPU_PROVIDER]
    )
    sums = [np.zeros(1) for _ in names]
    for first in range(0, len(faces), BATCH):
        outputs = session.run(list(names), {INPUT_NAME: faces[first : first + BATCH]})
        for place, output in enumerate(outputs):
            sums[place] = sums[place] + output.mean(axis=(2, 3), dtype=np.float64).sum(axis=0)
    return [total / len(faces) for total in sums]


def _makers(nodes: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """The nodes, out of all in the order of computation, that these values follow from."""
    needed, found = set(names), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            found.append(node)
            needed.update(node.input)
    return found[::-1]
