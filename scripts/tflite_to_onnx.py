"""The operations of a TFLite network as ONNX nodes; for `convert_mesh.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tflite
from onnx import helper, numpy_helper
from tflite.utils import BUILTIN_OPCODE2NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Graph:
    """ONNX nodes and weights that grow as operations are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """Add a node with one output, and return that output's name."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Add a weight; float16 is stored so, and widened at once."""
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
            if values.dtype == np.float16:
                wide = f"{name}_wide"
                self.nodes.append(helper.make_node("Cast", [name], [wide], wide, to=1))
        return f"{name}_wide" if values.dtype == np.float16 else name


class Network:
    """One TFLite network: its operations, its constants, and what they become in ONNX.

    A tensor of the picture network, (1, H, W, C), is (N, C, H, W) in ONNX; one of the blendshape
    network, (1, 1, P, C), keeps its order, and its convolutions of 1x1 become products.
    """

    def __init__(self, raw: bytes, graph: Graph, prefix: str, *, picture: bool) -> None:
        self._model = tflite.Model.GetRootAsModel(raw, 0)
        self._net = self._model.Subgraphs(0)
        self._graph, self._prefix, self._picture = graph, prefix, picture
        self._known: dict[int, str] = {}
        self._constants: dict[int, NDArray[Any]] = {}

    def convert(self, source: str) -> list[str]:
        """Add all operations behind the tensor `source`; return the names of the outputs."""
        self._known[self._net.Inputs(0)] = source
        for place in range(self._net.OperatorsLength()):
            operator = self._net.Operators(place)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            kind = BUILTIN_OPCODE2NAME[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if kind not in CONVERTERS:
                raise SystemExit(f"{self._prefix}: the operation {kind} is not known here.")
            inputs, output = operator.InputsAsNumpy().tolist(), operator.Outputs(0)
            options = operator.BuiltinOptions()
            if kind == "DEQUANTIZE":
                self._constants[output] = self.constant(inputs[0])
            else:
                self._known[output] = CONVERTERS[kind](Operation(self, inputs, output, options))
        return [self._known[each] for each in self._net.OutputsAsNumpy().tolist()]

    def shape(self, tensor: int) -> tuple[int, ...]:
        """A tensor's shape in TFLite's order."""
        found = self._net.Tensors(tensor)
        return tuple(found.ShapeAsNumpy().tolist()) if found.ShapeLength() else ()

    def constant(self, tensor: int) -> NDArray[Any]:
        """A constant's values."""
        if tensor in self._constants:
            return self._constants[tensor]
        found = self._net.Tensors(tensor)
        kinds = {tflite.TensorType.FLOAT16: "<f2", tflite.TensorType.FLOAT32: "<f4",
                 tflite.TensorType.INT32: "<i4"}  # fmt: skip
        raw = self._model.Buffers(found.Buffer()).DataAsNumpy()
        return np.frombuffer(raw.tobytes(), kinds[found.Type()]).reshape(self.shape(tensor))

    def name(self, tensor: int, values: NDArray[Any] | None = None) -> str:
        """The name of a tensor or constant in ONNX; `values` are the constant's, rearranged."""
        if tensor in self._known:
            return self._known[tensor]
        values = self.constant(tensor) if values is None else values
        return self._graph.constant(f"{self._prefix}{tensor}", values)

    def ints(self, name: str, values: object) -> str:
        """Add whole numbers."""
        return self._graph.constant(f"{self._prefix}{name}", np.asarray(values, np.int64))

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """Add a node."""
        return self._graph.add(kind, *inputs, **attributes)


@dataclass(frozen=True)
class Operation:
    """One of a network's operations.

    Attributes:
        net: the network.
        inputs: numbers of the tensors that it takes.
        output: number of the one that it gives.
        table: its options.
    """

    net: Network
    inputs: list[int]
    output: int
    table: Any


def _options(kind: Any, table: Any) -> Any:
    found = kind()
    found.Init(table.Bytes, table.Pos)
    return found


def _pads(net: Network, source: int, output: int, kernel: tuple[int, ...], stride: int,
          padding: int) -> list[int]:  # fmt: skip
    """ONNX pads [top, left, bottom, right] of TensorFlow's SAME (the odd one at the end)."""
    if padding == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    before, after = [], []
    for axis, length in enumerate(kernel, start=1):
        have, get = net.shape(source)[axis], net.shape(output)[axis]
        total = max((get - 1) * stride + length - have, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before + after


def _activated(net: Network, name: str, activation: int) -> str:
    if activation == tflite.ActivationFunctionType.RELU:
        return net.add("Relu", name)
    if activation != tflite.ActivationFunctionType.NONE:
        raise SystemExit(f"The activation {activation} is not known here.")
    return name


def _convolution(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    options = _options(tflite.Conv2DOptions, op.table)
    source, weight, bias = inputs
    values = net.constant(weight)
    if not net._picture:
        product = net.add("MatMul", net.name(source), net.name(weight, values[:, 0, 0].T))
        return _activated(
            net, net.add("Add", product, net.name(bias)), options.FusedActivationFunction()
        )
    return _spatial(op, options, values.transpose(0, 3, 1, 2))


def _depthwise(op: Operation) -> str:
    options = _options(tflite.DepthwiseConv2DOptions, op.table)
    weight = op.net.constant(op.inputs[1]).transpose(3, 0, 1, 2)
    return _spatial(op, options, weight, group=len(weight))


def _spatial(op: Operation, options: Any, weight: NDArray[Any], **attributes: int) -> str:
    """A convolution over the picture; weights (outputs, inputs of a group, H, W)."""
    net, (source, number, bias) = op.net, op.inputs
    stride, kernel = options.StrideH(), weight.shape[2:]
    found = net.add(
        "Conv",
        net.name(source),
        net.name(number, weight),
        net.name(bias),
        strides=[stride, stride],
        kernel_shape=list(kernel),
        pads=_pads(net, source, op.output, kernel, stride, options.Padding()),
        **attributes,
    )
    return _activated(net, found, options.FusedActivationFunction())


def _prelu(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    # As a x + (1 - a) max(x, 0), with convolutions that scale each channel: with its PRelu, which
    # ONNX Runtime's blocked layout of channels lacks, the whole network takes twice as long.
    source = net.name(inputs[0])
    slopes = net.constant(inputs[1]).astype(np.float32).ravel()
    scaled = _per_channel(net, source, f"slope{inputs[1]}", slopes)
    if slopes.max() <= 1:
        positive = net.add("Relu", _per_channel(net, source, f"rest{inputs[1]}", 1 - slopes))
    else:
        positive = _per_channel(net, net.add("Relu", source), f"rest{inputs[1]}", 1 - slopes)
    return net.add("Add", scaled, positive)


def _per_channel(net: Network, source: str, name: str, factors: NDArray[Any]) -> str:
    weight = net._graph.constant(f"{net._prefix}{name}", factors.reshape(-1, 1, 1, 1))
    return net.add("Conv", source, weight, kernel_shape=[1, 1], group=len(factors))


def _max_pool(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    options = _options(tflite.Pool2DOptions, op.table)
    kernel, stride = (options.FilterHeight(), options.FilterWidth()), options.StrideH()
    pads = _pads(net, inputs[0], op.output, kernel, stride, options.Padding())
    return net.add(
        "MaxPool",
        net.name(inputs[0]),
        kernel_shape=list(kernel),
        strides=[stride, stride],
        pads=pads,
    )


def _pad(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    pads = net.constant(inputs[1])[[0, 3, 1, 2]].T.ravel()
    return net.add("Pad", net.name(inputs[0]), net.ints(f"pads{inputs[1]}", pads))


def _reshape(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    shape = net.shape(op.output)
    return net.add("Reshape", net.name(inputs[0]), net.ints(f"shape{op.output}", (-1, *shape[1:])))


def _slice(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    # Only those of the middle axis do anything: the others take all, or the one face of TFLite.
    have, get = net.shape(inputs[0]), net.shape(op.output)
    if len(have) < 4 or have == get:
        return net.name(inputs[0])
    begin = int(net.constant(inputs[1])[2])
    return net.add(
        "Slice",
        net.name(inputs[0]),
        net.ints(f"begin{op.output}", [begin]),
        net.ints(f"end{op.output}", [begin + get[2]]),
        net.ints(f"axis{op.output}", [2]),
    )


def _concatenation(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    token, source = inputs
    # The token is one face's; each face of the batch gets it.
    batch = net.add("Shape", net.name(source), start=0, end=1)
    shape = net.add("Concat", batch, net.ints("token_shape", net.shape(token)[1:]), axis=0)
    return net.add("Concat", net.add("Expand", net.name(token), shape), net.name(source), axis=2)


def _reduced(kind: str) -> Callable[[Operation], str]:
    def convert(op: Operation) -> str:
        net, inputs = op.net, op.inputs
        axes = np.atleast_1d(net.constant(inputs[1]))
        return net.add(kind, net.name(inputs[0]), net.ints(f"axes{inputs[1]}", axes), keepdims=1)

    return convert


def _elementwise(kind: str) -> Callable[[Operation], str]:
    def convert(op: Operation) -> str:
        net, inputs = op.net, op.inputs
        return net.add(kind, *(net.name(each) for each in inputs))

    return convert


def _transpose(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    return net.add("Transpose", net.name(inputs[0]), perm=net.constant(inputs[1]).tolist())


def _rsqrt(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    return net.add("Reciprocal", net.add("Sqrt", net.name(inputs[0])))


def _squared_difference(op: Operation) -> str:
    net, inputs = op.net, op.inputs
    difference = net.add("Sub", *(net.name(each) for each in inputs))
    return net.add("Mul", difference, difference)


CONVERTERS: dict[str, Callable[[Operation], str]] = {
    "ADD": _elementwise("Add"),
    "CONCATENATION": _concatenation,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEQUANTIZE": _elementwise(""),
    "DIV": _elementwise("Div"),
    "LOGISTIC": _elementwise("Sigmoid"),
    "MAX_POOL_2D": _max_pool,
    "MEAN": _reduced("ReduceMean"),
    "MUL": _elementwise("Mul"),
    "NEG": _elementwise("Neg"),
    "PAD": _pad,
    "PRELU": _prelu,
    "RESHAPE": _reshape,
    "RSQRT": _rsqrt,
    "SQRT": _elementwise("Sqrt"),
    "SQUARED_DIFFERENCE": _squared_difference,
    "STRIDED_SLICE": _slice,
    "SUB": _elementwise("Sub"),
    "SUM": _reduced("ReduceSum"),
    "TRANSPOSE": _transpose,
}
