"""Make the float form of the default model from the published weights of repvgg-s48.

    python scripts/build_default_model.py WEIGHTS.safetensors -o default-float.onnx

`scripts/build_bundled_int8.py` makes the form that ships from it.

Each RepVGG unit (Ding et al. 2021, arXiv 2101.03697) is folded into one 3x3 convolution; scaling,
normalisation, softmax and the prior correction go into the graph. Needs `onnx` and `safetensors`
(the `train` extra), not PyTorch.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from mimika.labels.emotions import EMOTIONS
from mimika.models.card import CARD_KEY, INPUT_NAME, OUTPUT_NAME, Card, InputSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]

SIDE = 48
MEAN, STD = 0.5076, 0.2550
UNITS, STRIDES = (1, 2, 4, 6, 1), (1, 2, 2, 2, 2)
BATCH_NORM_EPSILON = 1e-5
H9 = ("neutral", "happy", "surprise", "sad", "anger", "disgust", "fear", "contempt", "uncertain")
H7 = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")
# Shares of the nine classes in the training faces.
PRIORS = (0.300, 0.257, 0.116, 0.135, 0.079, 0.015, 0.034, 0.017, 0.048)
OPSET = 17
# As `mimika evaluate` fits them on PublicTest with the prior correction: nine, FER2013.
TEMPERATURES = (0.72, 1.0)


def folded_unit(weights: Weights, unit: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fold the branches of one unit into a 3x3 kernel (out, in, 3, 3) and a bias (out,)."""
    prefix = f"body.{unit}."
    kernel3 = weights[f"{prefix}k3.0.weight"].astype(np.float64)
    kernel1 = np.pad(weights[f"{prefix}k1.0.weight"], ((0, 0), (0, 0), (1, 1), (1, 1)))
    branches = [(kernel3, f"{prefix}k3.1."), (kernel1.astype(np.float64), f"{prefix}k1.1.")]
    if f"{prefix}id.weight" in weights:
        identity = np.zeros_like(kernel3)
        channels = np.arange(len(kernel3))
        identity[channels, channels, 1, 1] = 1.0
        branches.append((identity, f"{prefix}id."))
    kernel, bias = np.zeros_like(kernel3), np.zeros(len(kernel3))
    for branch, norm in branches:
        deviation = np.sqrt(weights[f"{norm}running_var"].astype(np.float64) + BATCH_NORM_EPSILON)
        scale = weights[f"{norm}weight"] / deviation
        kernel += branch * scale[:, None, None, None]
        bias += weights[f"{norm}bias"] - weights[f"{norm}running_mean"] * scale
    return kernel.astype(np.float32), bias.astype(np.float32)


def build(
    weights: Weights, prior_power: float, temperatures: tuple[float, float] = (1.0, 1.0)
) -> onnx.ModelProto:
    """Build the whole graph: uint8 faces in, probabilities out.

    Args:
        weights: the safetensors file's arrays.
        prior_power: power t of the training priors that the nine probabilities are divided by
            before they are made to sum to 1 again; 0 leaves them as trained.
        temperatures: that the logits of the nine and of FER2013's seven are divided by (Guo et al.
            2017, arXiv 1706.04599), so that a confidence is the share that is right.
    """
    initializers: list[onnx.TensorProto] = []

    def constant(name: str, value: NDArray[np.generic]) -> str:
        initializers.append(numpy_helper.from_array(value, name))
        return name

    # One channel: NHWC and NCHW are the same bytes, so a reshape does for a transposition. TensorRT
    # reshapes no uint8, hence the cast first.
    nodes = [
        helper.make_node("Cast", [INPUT_NAME], ["float_faces"], to=TensorProto.FLOAT),
        helper.make_node(
            "Reshape", ["float_faces", constant("nchw", np.array([-1, 1, SIDE, SIDE]))], ["pixels"]
        ),
        helper.make_node(
            "Sub", ["pixels", constant("mean", np.float32([255 * MEAN]))], ["centered"]
        ),
        helper.make_node(
            "Mul", ["centered", constant("scale", np.float32([1 / (255 * STD)]))], ["x0"]
        ),
    ]
    strides = [
        stride if first == 0 else 1
        for count, stride in zip(UNITS, STRIDES, strict=True)
        for first in range(count)
    ]
    for unit, stride in enumerate(strides):
        kernel, bias = folded_unit(weights, unit)
        nodes += [
            helper.make_node(
                "Conv",
                [f"x{unit}", constant(f"kernel{unit}", kernel), constant(f"bias{unit}", bias)],
                [f"conv{unit}"],
                name=f"conv{unit}",
                kernel_shape=[3, 3],
                pads=[1, 1, 1, 1],
                strides=[stride, stride],
            ),
            helper.make_node("Relu", [f"conv{unit}"], [f"x{unit + 1}"]),
        ]
    nodes += [
        helper.make_node("GlobalAveragePool", [f"x{len(strides)}"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
    ]
    # softmax(z) / prior^t, made to sum to 1, is softmax(z - t log prior): the bias takes it.
    order = [H9.index(name) for name in EMOTIONS]
    nine_bias = weights["h9.bias"] - prior_power * np.log(np.float32(PRIORS))
    heads = {
        OUTPUT_NAME: (weights["h9.weight"][order], nine_bias[order], temperatures[0]),
        "probabilities_fer2013": (weights["h7.weight"], weights["h7.bias"], temperatures[1]),
    }
    for name, (matrix, bias, temperature) in heads.items():
        parts = [
            "features",
            constant(f"{name}_matrix", (matrix / temperature).astype(np.float32)),
            constant(f"{name}_bias", (bias / temperature).astype(np.float32)),
        ]
        nodes += [
            helper.make_node("Gemm", parts, [f"{name}_logits"], transB=1),
            helper.make_node("Softmax", [f"{name}_logits"], [name], axis=1),
        ]
    graph = helper.make_graph(
        nodes,
        "repvgg_s48",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", SIDE, SIDE, 1])],
        [
            helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["N", len(EMOTIONS)]),
            helper.make_tensor_value_info("probabilities_fer2013", TensorProto.FLOAT, ["N", 7]),
        ],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    card = Card(
        name="repvgg-s48",
        version="1",
        labels=EMOTIONS,
        input=InputSpec(SIDE, SIDE, 1, "gray"),
        crop_margin=0.0,
        training_data="FER2013 faces with FER+ votes and FER2013 labels (Training split, "
        "692 images that equal one of a test split left out)",
        license="Apache-2.0",
        created=date.today().isoformat(),
        outputs={"probabilities_fer2013": H7},
        notes=f"The nine probabilities are divided by the training priors to the power "
        f"{prior_power:g}: it raises mean recall. Temperatures fitted on PublicTest: "
        f"{temperatures[0]:g} (nine), {temperatures[1]:g} (FER2013).",
    )
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--prior-power", type=float, default=0.5)
    parser.add_argument("--temperatures", type=float, nargs=2, default=TEMPERATURES)
    arguments = parser.parse_args()
    weights = {k: v.astype(np.float32) for k, v in load_file(arguments.weights).items()}
    beside = arguments.output.with_suffix(".part")
    onnx.save(build(weights, arguments.prior_power, tuple(arguments.temperatures)), beside)
    beside.replace(arguments.output)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
