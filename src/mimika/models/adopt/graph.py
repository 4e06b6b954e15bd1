"""The graph around an adopted network: preparation before it, probabilities and values behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.models.card import CARD_KEY, INPUT_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mimika.models.adopt.parts import Part
    from mimika.models.adopt.preparation import Preparation
    from mimika.models.card import Card

    Step = tuple[str, str, list[str], str, dict[str, Any]]
    """Operator, input, constants, output and settings of a node."""

PREFIX = "adopted/"


def wrap(
    model: Any, source: str, parts: Sequence[Part], preparation: Preparation, card: Card
) -> Any:
    """Put a network between its preparation and its outputs.

    Args:
        model: the network, an onnx `ModelProto`; it is changed.
        source: name of its input.
        parts: the outputs of the whole.
        preparation: what it expects of a picture.
        card: what the file is to say of itself.

    Returns:
        The whole, an onnx `ModelProto`.
    """
    from onnx import TensorProto, compose, helper, numpy_helper

    model = compose.add_prefix(model, PREFIX)
    inner = model.graph
    kind = next(entry for entry in inner.input if entry.name == PREFIX + source)
    dtype = kind.type.tensor_type.elem_type
    constants: dict[str, Any] = {}

    def constant(name: str, value: Any) -> str:
        constants[name] = numpy_helper.from_array(value, name)
        return name

    steps = [
        *_preparation(preparation, constant, dtype, source),
        *(step for part in parts for step in _behind(part, constant)),
    ]
    nodes = [
        helper.make_node(op, [last, *more], [made], name=made, **settings)
        for op, last, more, made, settings in steps
    ]
    before = next(k for k, step in enumerate(steps) if step[3] == PREFIX + source) + 1
    spec = card.input
    shape: list[str | int | None] = ["N", spec.height, spec.width, spec.channels]
    graph = helper.make_graph(
        [*nodes[:before], *inner.node, *nodes[before:]],
        "adopted",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, shape)],
        [
            helper.make_tensor_value_info(
                part.output.tensor, TensorProto.FLOAT, ["N", len(part.output.labels)]
            )
            for part in parts
        ],
        [*inner.initializer, *constants.values()],
        value_info=inner.value_info,
        sparse_initializer=inner.sparse_initializer,
    )
    whole = helper.make_model(
        graph,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        functions=model.functions,
    )
    helper.set_model_props(whole, {CARD_KEY: card.to_json()})
    return whole


def _behind(part: Part, constant: Any) -> Iterator[Step]:
    """What follows the network for one output: floats, (N, K), its columns, its activation."""
    from onnx import TensorProto

    name = part.output.tensor
    # An answer of float16 becomes float; one of (N, K, 1, 1) loses its last axes.
    yield "Cast", PREFIX + part.tensor, [], f"{name}_floats", {"to": TensorProto.FLOAT}
    yield "Flatten", f"{name}_floats", [], f"{name}_flat", {"axis": 1}
    columns = constant(f"{name}_columns", np.array(part.columns, np.int64))
    yield "Gather", f"{name}_flat", [columns], f"{name}_raw", {"axis": 1}
    if part.activation == "softmax":
        yield "Softmax", f"{name}_raw", [], name, {"axis": 1}
    elif part.activation == "clip":
        limits = (part.output.minimum, part.output.maximum)
        ends = [
            constant(f"{name}_{end}", np.array(value, np.float32))
            for end, value in zip(("minimum", "maximum"), limits, strict=True)
        ]
        # Clip took its limits as attributes before operator set 11; these two are older.
        yield "Max", f"{name}_raw", ends[:1], f"{name}_raised", {}
        yield "Min", f"{name}_raised", ends[1:], name, {}
    else:
        yield "Identity", f"{name}_raw", [], name, {}


def _preparation(
    preparation: Preparation, constant: Any, dtype: int, source: str
) -> Iterator[Step]:
    """The steps from the crops to the network's input."""
    from onnx import TensorProto

    # The cast comes first: TensorRT takes uint8 into nothing else.
    yield "Cast", INPUT_NAME, [], "pixels", {"to": TensorProto.FLOAT}
    last = "pixels"
    if preparation.color == "bgr":
        flipped = [constant("bgr", np.array([2, 1, 0], np.int64))]
        yield "Gather", last, flipped, "flipped", {"axis": 3}
        last = "flipped"
    steps = (
        ("Div", "scaled", np.array([preparation.divide], np.float32)),
        ("Sub", "centered", np.array(preparation.mean, np.float32)),
        ("Div", "normal", np.array(preparation.std, np.float32)),
    )
    for operator, made, value in steps:
        if (value == (0 if operator == "Sub" else 1)).all():
            continue
        yield operator, last, [constant(f"{made}_by", value)], made, {}
        last = made
    if preparation.layout == "nchw":
        yield "Transpose", last, [], "planes", {"perm": [0, 3, 1, 2]}
        last = "planes"
    yield "Cast", last, [], PREFIX + source, {"to": dtype}
