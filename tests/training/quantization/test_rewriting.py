"""Int8 graphs are rewritten to the same sums, rounded less often, and only where that holds."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from mimika.models.card import INPUT_NAME
from mimika.training.quantization.rewriting import (
    multiply,
    rewrite,
    round_once,
    widen_first_layer,
)

SIZE, KERNELS = (6, 8), 5
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-63, 64, (KERNELS, 1, 3, 3)).astype(np.int8)
BIASES = RNG.integers(-2000, 2000, KERNELS).astype(np.int32)
FACES = RNG.integers(0, 256, (3, *SIZE, 1), np.uint8)
INPUT_SCALE, FINER, COARSER = 0.0045, 0.02, 0.05


def model(*, last_is_float: bool = False, strides: tuple[int, int] = (1, 1)) -> onnx.ModelProto:
    """A standardized face, one int8 convolution, a ReLU; as `quantize_static` writes it."""
    scales = (0.02 + 0.02 * np.arange(KERNELS)).astype(np.float32)
    constants = {
        "255": np.float32(255),
        "two": np.float32(2),
        "in.scale": np.float32(INPUT_SCALE),
        "in.zero": np.uint8(20),
        "weights": WEIGHTS,
        "weights.scale": scales,
        "weights.zero": np.zeros(KERNELS, np.int8),
        "bias": BIASES,
        "bias.scale": scales * np.float32(INPUT_SCALE),
        "bias.zero": np.zeros(KERNELS, np.int32),
        "conv.scale": np.float32(COARSER),
        "conv.zero": np.uint8(128),
        "relu.scale": np.float32(FINER),
        "relu.zero": np.uint8(0),
    }

    def node(kind: str, takes: str, gives: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(kind, takes.split(), [gives], name=gives, **attributes)

    nodes = [
        node("Transpose", INPUT_NAME, "planes", perm=[0, 3, 1, 2]),
        node("Cast", "planes", "numbers", to=TensorProto.FLOAT),
        node("Div", "numbers 255", "shares"),
        node("Pow", "shares two", "squares"),
        node("QuantizeLinear", "squares in.scale in.zero", "in.q"),
        node("DequantizeLinear", "in.q in.scale in.zero", "in.dq"),
        node("DequantizeLinear", "weights weights.scale weights.zero", "kernels", axis=0),
        node("DequantizeLinear", "bias bias.scale bias.zero", "biases", axis=0),
        node("Conv", "in.dq kernels biases", "conv", kernel_shape=[3, 3], pads=[1] * 4,
             strides=list(strides)),
        node("QuantizeLinear", "conv conv.scale conv.zero", "conv.q"),
        node("DequantizeLinear", "conv.q conv.scale conv.zero", "conv.dq"),
        node("Relu", "conv.dq", "relu"),
    ]  # fmt: skip
    if last_is_float:
        nodes.append(node("Identity", "relu", "found"))
    else:
        nodes += [
            node("QuantizeLinear", "relu relu.scale relu.zero", "relu.q"),
            node("DequantizeLinear", "relu.q relu.scale relu.zero", "relu.dq"),
            node("Identity", "relu.dq", "found"),
        ]
    graph = helper.make_graph(
        nodes,
        "face",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", *SIZE, 1])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["N", KERNELS, None, None])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(made)
    return made


def run(of: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(of)
    session = ort.InferenceSession(of.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["found"], {INPUT_NAME: FACES})[0]


def exact() -> np.ndarray:
    """What the layer gives without rounding at its end."""
    without = model(last_is_float=True)
    for node in without.graph.node:
        for place, name in enumerate(node.input):
            if name == "conv.dq":
                node.input[place] = "conv"
    return run(without)


def kinds(of: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in of.graph.node]


def test_the_widened_layer_gives_the_same_to_the_bit():
    before, after = model(), model()
    widen_first_layer(after)
    assert kinds(after).count("Reshape") == 2
    assert (run(after) == run(before)).all()
    assert len(np.unique(run(before))) > 50


@pytest.mark.parametrize("last_is_float", [False, True])
def test_rounding_once_is_nearer_to_the_exact_numbers(last_is_float):
    before, after = model(last_is_float=last_is_float), model(last_is_float=last_is_float)
    round_once(after)
    assert "Relu" not in kinds(after)
    assert kinds(after).count("QuantizeLinear") == 2
    # Beyond the range of 8 bits both forms are cut, at different numbers.
    within = exact() < FINER * 255 * 0.9
    assert within.mean() > 0.9
    off = [np.abs(run(each) - exact())[within] for each in (before, after)]
    assert off[1].max() <= (COARSER * 127 / 255 if last_is_float else FINER) / 2 + 1e-5
    assert off[1].mean() < 0.6 * off[0].mean()


def test_products_instead_of_a_power_and_a_quotient():
    after = model()
    multiply(after)
    assert not {"Pow", "Div"} & set(kinds(after))
    assert np.abs(run(after) - run(model())).max() <= FINER + 1e-6


def test_all_at_once_and_a_second_time_nothing():
    once = model()
    rewrite(once)
    twice = onnx.ModelProto.FromString(once.SerializeToString())
    rewrite(twice)
    assert twice == once
    assert not {"Pow", "Div", "Relu"} & set(kinds(once))
    named = {each.name for each in once.graph.initializer}
    assert not {"255", "two", "conv.scale", "conv.zero"} & named


@pytest.mark.parametrize("tensor", ["conv", "conv.q", "conv.dq"])
def test_numbers_that_something_else_takes_stay(tensor):
    """A sum beside the ReLU, such as a residual one, needs what came before it."""
    other = model()
    kind = TensorProto.UINT8 if tensor == "conv.q" else TensorProto.FLOAT
    other.graph.output.append(
        helper.make_tensor_value_info(tensor, kind, ["N", KERNELS, None, None])
    )
    before = run(other)
    round_once(other)
    assert "Relu" in kinds(other)
    assert (run(other) == before).all()


def test_a_layer_that_shrinks_is_not_widened():
    shrinking = model(strides=(2, 2))
    before = shrinking.SerializeToString()
    widen_first_layer(shrinking)
    assert "Reshape" not in kinds(shrinking)
    assert len(shrinking.SerializeToString()) == len(before)
