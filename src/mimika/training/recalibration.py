"""Another temperature and prior power for a finished model file; all else in it stays as it is.

So a file can be calibrated as it will be used: in int8 its confidence is no longer quite that of
the network that it was made of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import ModelError
from mimika.base.files import replacing
from mimika.base.softmax import softmax
from mimika.models.card import CARD_KEY
from mimika.models.model import OnnxModel
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.training.quantization.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.calibration import Calibration
    from mimika.models.card import Card

TOLERANCE = 1e-4
"""Greatest difference of a probability between what the new file gives and what it should."""

SMALLEST = np.float32(1e-30)


def recalibrate(
    source: Path,
    output: Path,
    calibration: Calibration,
    *,
    name: str = "",
    license: str = "",
    notes: str = "",
) -> Card:
    """Write a model file again with another calibration of its main output.

    Args:
        source: a model file with a card, in float or int8.
        output: the file to write.
        calibration: what the new file is to do; the source's card says what that does.
        name: for the card; the source's where empty.
        license: likewise.
        notes: are put behind those of the source.

    Returns:
        The new card. It has no figures and no audit, as those were the source's.

    Raises:
        ModelError: the source's answers are not made by a softmax, or the new file would not
            answer as it should. Nothing is written.
        OutputError: the file cannot be written.
    """
    import onnx

    before = OnnxModel(source, engine="cpu")
    old = before.card
    factor, offset = old.calibration.change_to(calibration)
    card = replace(
        old,
        calibration=calibration,
        name=name or old.name,
        license=license or old.license,
        notes=f"{old.notes} {notes}".strip(),
        metrics={},
        audit={},
    )
    model = onnx.load(source)
    _change(Graph(model), old.outputs[MAIN_OUTPUT].tensor, factor, offset, str(source))
    onnx.helper.set_model_props(model, {CARD_KEY: card.to_json()})
    with replacing(output) as part:
        onnx.save(model, part)
        _check(before, OnnxModel(part, engine="cpu"), factor, offset)
    return card


def _change(
    graph: Graph, tensor: str, factor: np.float32, offset: NDArray[np.float32], where: str
) -> None:
    """Multiply the logits behind a tensor of probabilities, and take an offset from them."""
    last = graph.maker(tensor, "Softmax")
    if last is None:
        raise ModelError(
            f"{where} does not end in a softmax, so its confidence cannot be changed: export or "
            "adopt it with one."
        )
    subtraction = _behind_constant(graph, last, "Sub", np.float32(0))
    product = _behind_constant(graph, subtraction, "Mul", np.float32(1))
    _set(graph, product, lambda own: own * factor)
    _set(graph, subtraction, lambda own: own * factor + offset)
    graph.finish()


def _behind_constant(graph: Graph, node: Any, kind: str, neutral: np.float32) -> Any:
    """The node of this kind, with a constant, that makes what `node` takes; put in if need be."""
    found = graph.maker(node.input[0], kind)
    if (
        found is None
        or graph.constant(found.input[1]) is None
        or not graph.goes_only_into(found.output[0])
    ):
        graph.insert_before(node, (kind, neutral))
        found = graph.maker(node.input[0], kind)
    return found


def _set(
    graph: Graph, node: Any, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> None:
    """Change a node's constant, and no other node's."""
    name = node.input[1]
    own = graph.constant(name)
    assert own is not None
    value = np.asarray(change(own), own.dtype)
    if graph.goes_only_into(name):
        graph.set_constant(name, value)
    else:
        node.input[1] = graph.add_constant(f"{node.output[0]}_constant", value)


def _check(
    before: OnnxModel, after: OnnxModel, factor: np.float32, offset: NDArray[np.float32]
) -> None:
    spec = before.card.input
    shape = (8, spec.height, spec.width, spec.channels)
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    logits = np.log(np.maximum(before(noise), SMALLEST))
    worst = float(np.abs(after(noise) - softmax(logits * factor - offset)).max())
    if not worst <= TOLERANCE:
        raise ModelError(
            f"The calibrated file differs by {worst:.2g} from what it should answer (at most "
            f"{TOLERANCE:g} is allowed), so no file was written: please report this model."
        )
