"""Int8 graphs (QDQ) rewritten: the same sums, rounded once where they were twice, in less time.

Of the default model's time for a face in ONNX Runtime, on one thread, a quarter to a third went
where hardly a product is computed. `python scripts/rewrite_int8.py` does it to a finished file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.training.quantization.graph import Graph, shapes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 255
"""Of an unsigned 8-bit number."""

COLUMNS = 4
"""Neighboring pixels of a row that the first convolution takes as channels; 8 gain no more."""


def rewrite(model: Any) -> None:
    """Do all that this module does to an int8 ONNX model, in place; twice is the same as once."""
    round_once(model)
    multiply(model)
    widen_first_layer(model)


def round_once(model: Any) -> None:
    """Round what a convolution gives once, after its ReLU, and not before it as well.

    Numbers before a ReLU span twice the range, so that their steps are twice as coarse; and as an
    unsigned number whose zero is 0 cannot fall below it, the ReLU itself is not needed.
    """
    graph = Graph(model)
    for relu in graph.nodes("Relu"):
        back = graph.maker(relu.input[0], "DequantizeLinear")
        rounding = graph.maker(back.input[0], "QuantizeLinear") if back else None
        conv = graph.maker(rounding.input[0], "Conv") if rounding else None
        if not (back and rounding and conv and len(rounding.input) == 3) or not all(
            graph.goes_only_into(node.output[0]) for node in (conv, rounding, back)
        ):
            continue
        after = graph.users(relu.output[0])
        if all(_cannot_fall_below_zero(graph, node) for node in after):
            graph.replace_uses(relu.output[0], conv.output[0])
            graph.remove(rounding, back, relu)
            continue
        scale, zero = (graph.constant(name) for name in rounding.input[1:])
        if scale is not None and zero is not None and graph.goes_only_into(rounding.input[1], 2):
            # What follows takes floats. The steps are spent on what the ReLU lets through.
            share = (LARGEST - int(zero)) / LARGEST
            graph.set_constant(rounding.input[1], (scale * share).astype(scale.dtype))
            graph.set_constant(rounding.input[2], np.zeros_like(zero))
            graph.replace_uses(relu.output[0], back.output[0])
            graph.remove(relu)
    graph.finish()


def multiply(model: Any) -> None:
    """Square by a product, and divide by a constant by a product with its inverse.

    For the 2304 pixels of a face ONNX Runtime's division took 25 microseconds and its power 41, a
    product 3. A quotient may differ in its last bit.
    """
    graph = Graph(model)
    for node in graph.nodes("Pow"):
        power = graph.constant(node.input[1])
        if power is not None and (power == 2).all():
            node.op_type, node.input[1] = "Mul", node.input[0]
    for node in graph.nodes("Div"):
        divisor = graph.constant(node.input[1])
        if divisor is not None and divisor.size == 1 and divisor.dtype == np.float32:
            inverse = graph.add_constant(f"{node.output[0]}_factor", 1 / divisor)
            node.op_type, node.input[1] = "Mul", inverse
    graph.finish()


def widen_first_layer(model: Any) -> None:
    """Let the first convolution of a gray face take `COLUMNS` pixels of a row as channels.

    With one channel ONNX Runtime gathers the pixels of every product one by one: that took 87 of
    740 microseconds, for half a percent of the products. So neighbors become channels, and the
    layer gives the channels of all their places at once. In the order in which ONNX Runtime keeps
    them, channels last, these are the same bytes, so that nothing is moved; the sums are the same
    integers. Of several networks in one file each has such a layer.
    """
    graph = Graph(model)
    shapes = shapes_of(model)
    for conv in graph.nodes("Conv"):
        _, channels, height, width = shapes.get(conv.input[0], (0, 0, 0, 0))
        if channels == 1 and height and width and not width % COLUMNS and _keeps_size(conv):
            _widen(graph, conv, height, width)
    graph.finish()


def _widen(graph: Graph, conv: Any, height: int, width: int) -> None:
    if len(conv.input) != 3:
        return
    rounded, kernels, bias = (graph.maker(name, "DequantizeLinear") for name in conv.input)
    rounding = graph.only_user(conv.output[0], "QuantizeLinear")
    back = graph.only_user(rounding.output[0], "DequantizeLinear") if rounding else None
    if not (rounded and kernels and bias and back):
        return
    weights = graph.constant(kernels.input[0])
    if weights is None or weights.shape[1:] != (1, 3, 3):
        return
    graph.set_constant(kernels.input[0], widened(weights))
    for name in {*kernels.input[1:], *bias.input}:
        value = graph.constant(name)
        if value is not None and value.ndim:
            graph.set_constant(name, np.tile(value, COLUMNS))
    graph.insert_before(
        rounded,
        ("Reshape", (0, height, width // COLUMNS, COLUMNS)),
        ("Transpose", (0, 3, 1, 2)),
    )
    graph.insert_before(
        back,
        ("Transpose", (0, 2, 3, 1)),
        ("Reshape", (0, height, width, len(weights))),
        ("Transpose", (0, 3, 1, 2)),
    )


def widened(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Kernels that give the same for `COLUMNS` neighbors of a row at once.

    Args:
        weights: (K, 1, 3, 3), of one channel.

    Returns:
        (COLUMNS * K, COLUMNS, 3, 3): first all kernels for the first place, then for the second,
        and so on; their columns are the neighbors before, here and after.
    """
    count = len(weights)
    wide = np.zeros((COLUMNS, count, COLUMNS, 3, 3), weights.dtype)
    for place in range(COLUMNS):
        for column in range(3):
            group, channel = divmod(place + column - 1, COLUMNS)
            wide[place, :, channel, :, group + 1] = weights[:, 0, :, column]
    return wide.reshape(COLUMNS * count, COLUMNS, 3, 3)


def _cannot_fall_below_zero(graph: Graph, node: Any) -> bool:
    if node.op_type != "QuantizeLinear" or len(node.input) != 3:
        return False
    zero = graph.constant(node.input[2])
    return zero is not None and zero.dtype == np.uint8 and not zero.any()


def _keeps_size(conv: Any) -> bool:
    """Whether a convolution is of 3 by 3 pixels, and gives as many as it takes."""
    from onnx import helper

    found = {each.name: helper.get_attribute_value(each) for each in conv.attribute}
    return (
        found.get("kernel_shape", [3, 3]) == [3, 3]
        and found.get("pads") == [1, 1, 1, 1]
        and found.get("strides", [1, 1]) == [1, 1]
        and found.get("dilations", [1, 1]) == [1, 1]
        and found.get("group", 1) == 1
    )
