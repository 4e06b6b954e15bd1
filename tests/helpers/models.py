"""Small model files with any outputs; their values mean nothing, and differ between faces.

Only `presence` has a meaning: crops of a mean gray under `DARK` hold no face.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mimika.models.card import CARD_KEY, INPUT_NAME, Card, InputSpec, categorical
from mimika.schema.outputs import PRESENCE_OUTPUT, Output

SIDE = 48
LABELS = ("happy", "neutral", "sad")
ACTIVATIONS = {"categorical": "Softmax", "continuous": "Tanh", "angles": "Identity"}
PRESENCE = Output(
    name=PRESENCE_OUTPUT, kind="continuous", labels=("face_presence",), tensor="presence_out"
)
DARK = 70
STEEP = 0.05


def output(name: str, kind: str, labels: tuple[str, ...], **more) -> Output:
    return Output(name=name, kind=kind, labels=labels, tensor=f"{name}_out", **more)


def write_model(path: Path, *outputs: Output, card: str | None = None) -> Path:
    """Write a model with the categorical output "emotion" and the given ones.

    Args:
        path: the file.
        outputs: continuous values are tanh, angles are in degrees; and `PRESENCE`.
        card: text of the card instead of the right one.
    """
    named = {each.name: each for each in (categorical("emotion", LABELS, "emotion_out"), *outputs)}
    rng = np.random.default_rng(7)
    constants = [numpy_helper.from_array(np.array([-1, SIDE * SIDE]), "flat")]
    nodes = [
        helper.make_node("Cast", [INPUT_NAME], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["pixels", "flat"], ["rows"]),
    ]
    for each in named.values():
        count = len(each.labels)
        scale = 2.0 if each.kind == "angles" else 0.05
        weights, bias = rng.normal(0, scale / SIDE, (SIDE * SIDE, count)).T, np.zeros(count)
        if each.name == PRESENCE_OUTPUT:
            weights, bias = np.full((1, SIDE * SIDE), STEEP / SIDE**2), np.array([-STEEP * DARK])
        names = [f"{each.name}_weights", f"{each.name}_bias"]
        for values, name in zip((weights, bias), names, strict=True):
            constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        nodes += [
            helper.make_node("Gemm", ["rows", *names], [f"{each.name}_sums"], transB=1),
            helper.make_node(ACTIVATIONS[each.kind], [f"{each.name}_sums"], [_activated(each)]),
        ]
        if each.name == PRESENCE_OUTPUT:
            # From the range of tanh to that of a probability, as the training's networks do.
            constants.append(numpy_helper.from_array(np.array(0.5, np.float32), "half"))
            nodes += [
                helper.make_node("Mul", [_activated(each), "half"], ["halved"]),
                helper.make_node("Add", ["halved", "half"], [each.tensor]),
            ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", SIDE, SIDE, 1])],
        [
            helper.make_tensor_value_info(each.tensor, TensorProto.FLOAT, ["N", len(each.labels)])
            for each in named.values()
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    made = Card(name="small", version="1", outputs=named, input=InputSpec(SIDE, SIDE, 1, "gray"))
    helper.set_model_props(model, {CARD_KEY: card or made.to_json()})
    onnx.save(model, path)
    return path


def _activated(each: Output) -> str:
    return f"{each.name}_tanh" if each.name == PRESENCE_OUTPUT else each.tensor
