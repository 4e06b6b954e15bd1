"""The graph around an adopted network: preparation before it, probabilities behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.models.card import CARD_KEY, INPUT_NAME, MAIN_TENSOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.models.adopt.preparation import Preparation
    from mimika.models.card import Card

PREFIX = "adopted/"


def wrap(
    model: Any, source: str, result: str, preparation: Preparation, card: Card, *, softmax: bool
) -> Any:
    """Put a network between its preparation and its probabilities.

    Args:
        model: the network, an onnx `ModelProto`; it is changed.
        source: name of its input.
        result: name of its output.
        preparation: what it expects of a picture.
        card: what the file is to say of itself.
        softmax: the output is logits.

    Returns:
        The whole, an onnx `ModelProto`.
    """
    from onnx import TensorProto, compose, helper, numpy_helper

    model = compose.add_prefix(model, PREFIX)
    inner = model.graph
    kind = next(entry for entry in inner.input if entry.name == PREFIX + source)
    dtype = kind.type.tensor_type.elem_type
    constants: list[Any] = []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    before = [
        helper.make_node(op, [last, *more], [made], name=made, **settings)
        for op, last, more, made, settings in _preparation(preparation, constant, dtype, source)
    ]
    flat = "logits" if softmax else "answers"
    # An answer of float16 becomes float; one of (N, K, 1, 1) loses its last axes.
    after = [
        helper.make_node(
            "Cast", [PREFIX + result], ["floats"], name="floats", to=TensorProto.FLOAT
        ),
        helper.make_node("Flatten", ["floats"], [flat], name=flat, axis=1),
        helper.make_node("Softmax", [flat], [MAIN_TENSOR], name=MAIN_TENSOR, axis=1)
        if softmax
        else helper.make_node("Identity", [flat], [MAIN_TENSOR], name=MAIN_TENSOR),
    ]
    spec = card.input
    shape: list[str | int | None] = ["N", spec.height, spec.width, spec.channels]
    graph = helper.make_graph(
        [*before, *inner.node, *after],
        "adopted",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info(MAIN_TENSOR, TensorProto.FLOAT, ["N", len(card.labels)])],
        [*inner.initializer, *constants],
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


def _preparation(
    preparation: Preparation, constant: Any, dtype: int, source: str
) -> Iterator[tuple[str, str, list[str], str, dict[str, Any]]]:
    """Operator, input, constants, output and settings of each step from the crops to the input."""
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
