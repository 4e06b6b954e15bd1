"""Static int8 quantization of a model file, calibrated on real faces.

Quantize-dequantize pairs (QDQ) around the convolutions, weights signed and per channel, activations
unsigned (U8S8): on CPUs with VNNI ONNX Runtime runs that 1.7 to 5 times faster than signed
activations, which can be slower than float. Ranges leave out the outermost 0.001% of the values of
the calibration faces, as single outliers would make all steps coarse. Weights use 7 of their 8
bits: products of 8 saturate on processors without VNNI, where the exact instructions gain little
over float (docs/engines.md); what that costs, the biases take back (`bias.py`). What a convolution
gives is rounded once, after its ReLU (`rewriting.py`). What comes before the first and after the
last convolution (normalization, softmax, prior correction) stays in float, so probabilities keep
their resolution. See Jacob et al. 2018, arXiv
1712.05877, and ONNX Runtime's documentation of quantization.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import InputError, MissingExtra, ModelError
from mimika.base.files import replacing
from mimika.models.card import CARD_KEY, INPUT_NAME, card_from_metadata
from mimika.models.model import OnnxModel
from mimika.training.quantization.bias import MOST_PIXELS, correct_biases
from mimika.training.quantization.graph import separate_networks
from mimika.training.quantization.rewriting import rewrite, round_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

QUANTIZED = ("Conv", "GlobalAveragePool")
FEWEST_FACES = 64
BATCH = 32
WeightBits = Literal[7, 8]


def quantize(
    model: Path,
    faces: NDArray[np.uint8],
    output: Path,
    *,
    keep_float: Sequence[str] = (),
    weight_bits: WeightBits = 7,
) -> None:
    """Write the int8 form of a model file, with its card.

    Args:
        model: a float model file with a card.
        faces: (N, H, W, C) uint8 calibration faces as the card's input says, 64 or more.
        output: the file to write.
        keep_float: names of convolution nodes that stay in float.
        weight_bits: 7 leaves a bit of the weights unused, so that products cannot saturate on
            processors without VNNI: they then need no slower, exact ones. 8 is a little more
            exact, and as fast with VNNI only.

    Raises:
        InputError: too few faces, or all of them alike.
        ModelError: the model has no convolution, or is quantized already, or all stays in float.
        MissingExtra: the `train` extra is not installed.
        OutputError: the file cannot be written.
    """
    try:
        import onnx
        from onnxruntime.quantization import (
            CalibrationMethod,
            QuantFormat,
            QuantType,
            quant_pre_process,
            quantize_static,
        )
    except ImportError as error:
        raise MissingExtra("Quantizing", "train") from error
    if len(faces) < FEWEST_FACES:
        raise InputError(
            f"Calibration needs {FEWEST_FACES} faces or more, and the data has {len(faces)}."
        )
    if (faces == faces[0]).all():
        raise InputError("All calibration faces are the same picture: give real, different ones.")
    # ONNX Runtime's histograms want batches of one size.
    faces = faces[: len(faces) // BATCH * BATCH]
    graph = onnx.load(model)
    kinds = {node.op_type for node in graph.graph.node}
    if "Conv" not in kinds:
        raise ModelError(f"{model} has no convolution to quantize.")
    if "QuantizeLinear" in kinds:
        raise ModelError(f"{model} is quantized already: give the float model.")
    if {node.name for node in graph.graph.node if node.op_type == "Conv"} <= set(keep_float):
        raise ModelError(f"All layers of {model} would stay in float: it is best as it is.")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mimika-int8-"))
        part = stack.enter_context(replacing(output))
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(part),
            _reader(faces),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            nodes_to_exclude=list(keep_float),
            per_channel=True,
            reduce_range=weight_bits == 7,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            # Despite its name it is for histograms as well. All values of 1,024 faces of 112x112
            # pixels would take 16 GB.
            extra_options={"CalibStridedMinMax": _batches_at_once(faces)},
        )
        int8 = onnx.load(part)
        round_once(int8)
        correct_biases(onnx.load(prepared), int8, faces)
        rewrite(int8)
        _copy_card(graph, int8, len(faces), keep_float, weight_bits)
        onnx.save(int8, part)


def depthwise_networks(model: Path) -> list[str]:
    """Name the convolutions of all networks in a model file that hold depthwise convolutions.

    Those gain nothing by int8 on processors but a smaller file.

    Args:
        model: a float model file.
    """
    import onnx

    graph = onnx.load(model)
    depthwise = {
        node.name
        for node in graph.graph.node
        if node.op_type == "Conv" and any(a.name == "group" and a.i > 1 for a in node.attribute)
    }
    found = (each for each in separate_networks(graph) if depthwise.intersection(each))
    return [name for each in found for name in each]


def sensitive_layers(model: Path, faces: NDArray[np.uint8]) -> list[str]:
    """Rank the convolutions by how far quantizing each alone moves the probabilities, worst first.

    Args:
        model: a float model file with a card.
        faces: (N, H, W, C) uint8 calibration faces.
    """
    import onnx

    names = [node.name for node in onnx.load(model).graph.node if node.op_type == "Conv"]
    exact = OnnxModel(model, engine="cpu")(faces)
    moved: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="mimika-int8-") as folder:
        alone = Path(folder) / "alone.onnx"
        for name in names:
            quantize(model, faces, alone, keep_float=[other for other in names if other != name])
            moved[name] = float(np.abs(OnnxModel(alone, engine="cpu")(faces) - exact).mean())
    return sorted(names, key=lambda name: -moved[name])


def _copy_card(
    float_model: Any, int8_model: Any, faces: int, keep_float: Sequence[str], weight_bits: int
) -> None:
    import onnx

    metadata = {entry.key: entry.value for entry in float_model.metadata_props}
    card = card_from_metadata(metadata, "the float model")
    kept = f", {len(keep_float)} layers in float" if keep_float else ""
    bits = ", 7-bit weights" if weight_bits == 7 else ""
    note = (
        f"int8 (QDQ, U8S8, per channel{bits}, 99.999% ranges and bias correction over {faces} "
        f"faces{kept})."
    )
    del int8_model.metadata_props[:]
    # Figures of the float model do not hold here: they are measured again.
    changed = replace(card, metrics={}, audit={}, notes=f"{card.notes} {note}".strip())
    onnx.helper.set_model_props(int8_model, {CARD_KEY: changed.to_json()})


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence ONNX Runtime's tools: progress, and advice on preparations that are made here."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        root.setLevel(level)


def _batches_at_once(faces: NDArray[np.uint8]) -> int:
    """How many batches' values are kept before histograms are made of them: a part of all."""
    count = len(faces) // BATCH
    fit = max(1, MOST_PIXELS // (BATCH * faces.shape[1] * faces.shape[2]))
    return max(part for part in range(1, count + 1) if count % part == 0 and part <= fit)


def _reader(faces: NDArray[np.uint8]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Hands over the faces batch by batch."""

        def __init__(self) -> None:
            self.set_range(0, len(self))

        def __len__(self) -> int:
            return len(faces) // BATCH

        def set_range(self, start_index: int, end_index: int) -> None:
            self._batches = iter(range(start_index, end_index))

        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            place = next(self._batches, None)
            return None if place is None else {INPUT_NAME: faces[place * BATCH :][:BATCH]}

    return Reader()
