"""Int8 with proof: calibrated and measured on validation faces, refused where it loses.

Layers that suffer most are left in float, as few as keep the loss within what is allowed.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError, ModelError
from mimika.base.files import check_writable, replacing
from mimika.models.model import OnnxModel
from mimika.training.evaluation.predictions import mapping_to, predict
from mimika.training.evaluation.speed import milliseconds_per_face
from mimika.training.quantization.static import (
    FEWEST_FACES,
    depthwise_networks,
    quantize,
    sensitive_layers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mimika.training.data.dataset import LabeledFaces
    from mimika.training.quantization.static import WeightBits

CALIBRATION_FACES = 512
RANKING_FACES = 64
MOST_IN_FLOAT = 0.25
"""Share of the convolutions that may stay in float; more would not be worth the name."""


@dataclass(frozen=True, slots=True)
class Form:
    """A model file as it was measured.

    Attributes:
        accuracy: share of the validation faces that it names right, in [0, 1].
        face_ms: median time of one face, in milliseconds.
        size_mb: of the file.
    """

    accuracy: float
    face_ms: float
    size_mb: float


@dataclass(frozen=True, slots=True)
class Quantized:
    """What came of quantizing.

    Attributes:
        before: the float model.
        after: the int8 model, on the same faces.
        agreement: share of the faces that both give the same name.
        faces: how many faces both were measured on.
        calibrated_on: how many of them the ranges were taken from.
        kept_float: names of the convolutions that stay in float as they suffer most.
    """

    before: Form
    after: Form
    agreement: float
    faces: int
    calibrated_on: int
    kept_float: tuple[str, ...]


def quantize_checked(
    model: Path,
    data: LabeledFaces,
    output: Path,
    *,
    max_drop: float = 0.5,
    weight_bits: WeightBits = 7,
    calibration_faces: int = CALIBRATION_FACES,
    float_layers: int = 0,
    depthwise_in_float: bool = False,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Quantized:
    """Write the int8 form of a model file, if it is as good as the float form.

    Args:
        model: a float model file with a card.
        data: a data set; only its validation faces are used.
        output: the file to write.
        max_drop: greatest loss of accuracy, in percentage points.
        weight_bits: see `mimika.training.quantization.static.quantize`.
        calibration_faces: how many validation faces the ranges are taken from, at most.
        float_layers: how many of the layers that suffer most stay in float in any case.
        depthwise_in_float: networks with depthwise convolutions stay in float, of several in one
            file; see `mimika.training.quantization.static.depthwise_networks`.
        seed: of the choice of calibration faces.
        say: called with what is being done.

    Raises:
        InputError: too few validation faces, of one class only, or of classes unknown to the model.
        ModelError: the loss is greater with a quarter of the layers in float too; the model is
            quantized already, or has nothing to quantize. Nothing is written.
        OutputError: the file cannot be written.
    """
    check_writable(output)
    original = OnnxModel(model, engine="cpu")
    valid = data.splits["valid"]
    if len(valid) < FEWEST_FACES:
        raise InputError(
            f"Quantizing needs {FEWEST_FACES} validation faces or more, and {data.name} has "
            f"{len(valid)}: give a larger data set."
        )
    if len(np.unique(valid.labels)) < 2:
        raise InputError(
            f"All validation faces of {data.name} are of one class, "
            f"{data.classes[valid.labels[0]]}: give a data set with several."
        )
    mapping = mapping_to(original.card, data.classes)
    faces, labels = valid.faces(original.card.input), np.asarray(valid.labels)
    rows = _calibration_rows(len(faces), calibration_faces, seed)
    chosen = np.ascontiguousarray(faces[rows])

    def measure(path: Path) -> tuple[Form, NDArray[np.int64]]:
        classifier = OnnxModel(path, engine="cpu")
        predicted = predict(classifier, faces, mapping).argmax(1)
        form = Form(
            float((predicted == labels).mean()),
            milliseconds_per_face(classifier, chosen[:1]),
            path.stat().st_size / 1e6,
        )
        return form, predicted

    always = depthwise_networks(model) if depthwise_in_float else []

    def ranking() -> list[str]:
        names = sensitive_layers(model, chosen[:RANKING_FACES])
        return [name for name in names if name not in always]

    say(f"Measuring the float model on {len(faces)} validation faces.")
    before, expected = measure(model)
    with tempfile.TemporaryDirectory(prefix="mimika-int8-") as folder:
        attempt = Path(folder) / output.name
        ranked: list[str] | None = None
        if float_layers:
            say("Looking for the layers that suffer most.")
            ranked = ranking()
        kept = ranked[:float_layers] if ranked else []
        while True:
            in_float = [*always, *kept]
            say(f"Quantizing on {len(rows)} of them, {len(in_float)} layers in float.")
            quantize(model, chosen, attempt, keep_float=in_float, weight_bits=weight_bits)
            after, found = measure(attempt)
            drop = 100 * (before.accuracy - after.accuracy)
            if drop <= max_drop:
                break
            if ranked is None:
                say(f"{drop:.2f} points are lost: looking for the layers that suffer most.")
                ranked = ranking()
            more = max(1, 2 * len(kept))
            if more > max(1, MOST_IN_FLOAT * len(ranked)) or more > len(ranked):
                raise ModelError(
                    f"int8 loses {drop:.2f} points of accuracy with {len(kept)} of {len(ranked)} "
                    f"layers in float, and {max_drop:g} are allowed: nothing was written; give "
                    "more faces, or allow more with --max-drop."
                )
            kept = ranked[:more]
        with replacing(output) as part:
            part.write_bytes(attempt.read_bytes())
    return Quantized(
        before, after, float((found == expected).mean()), len(faces), len(rows), tuple(kept)
    )


def _calibration_rows(count: int, wanted: int, seed: int) -> NDArray[np.int64]:
    """Choose the faces to calibrate on: at random, all where they are few."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(count, min(wanted, count), replace=False))
