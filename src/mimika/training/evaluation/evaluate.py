"""Evaluating a model file on labeled faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.training.data.dataset import TEST_SHARE, VALID_SHARE, open_data
from mimika.training.data.labelling import PROTOCOLS
from mimika.training.data.listing import SPLITS
from mimika.training.evaluation.bootstrap import intervals
from mimika.training.evaluation.metrics import (
    SMALLEST,
    best_temperature,
    calibration_error,
    classification_metrics,
    confidence_gaps,
    output_metrics,
    reliability,
)
from mimika.training.evaluation.predictions import (
    OutputMapping,
    mapping_to,
    predict,
    predict_outputs,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.schema.outputs import Output
    from mimika.training.data.dataset import HeadValues, LabeledFaces, Split

    Progress = Callable[[str, int, int], None]
    Predicted = tuple[NDArray[np.float32], NDArray[np.int64]]

Which = Literal["auto", "all", "train", "valid", "test"]
TUNING_FACES = 1000
"""Faces of valid that the temperature is fitted on where another split is evaluated."""


def open_for_evaluation(
    path: Path,
    model: OnnxModel,
    *,
    split: Which = "auto",
    labels: str = "auto",
    crop: str = "auto",
    skip_bad: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[LabeledFaces, Which]:
    """Open a data set for evaluation, cut as the model's card says.

    Args:
        path: the data set.
        model: the model.
        split: which faces; "auto" is valid where the data set has it, else test, else all. A data
            set without splits is split as `mimika train` does where valid or test is asked for.
        labels: "auto" for the data set's own, or a labeling that
            `mimika.training.data.labelling` knows.
        crop: see `open_data`.
        skip_bad: see `open_data`.
        seed: of the automatic split.
        progress: called with what is done, how much of how much.

    Returns:
        The data set, and the split that "auto" stands for.

    Raises:
        UsageError: there is no such split.
        InputError: the data set is unusable or has no faces in that split.
    """
    if split not in ("auto", "all", *SPLITS):
        raise UsageError(f"There is no --split {split}: choose auto, all, {', '.join(SPLITS)}.")
    if labels not in ("auto", "own", *PROTOCOLS):
        raise UsageError(
            f"There is no --labels {labels}: choose auto, own, {', '.join(PROTOCOLS)}."
        )

    def opened(valid_share: float, test_share: float) -> LabeledFaces:
        return open_data(
            path,
            labels=labels,
            crop=crop,
            margin=model.card.crop_margin,
            skip_bad=skip_bad,
            keep_leaks=True,
            valid_share=valid_share,
            test_share=test_share,
            to_train=False,
            seed=seed,
            progress=progress,
        )

    data = opened(0.0, 0.0)
    own = [name for name in ("valid", "test") if len(data.splits[name])]
    if split == "auto":
        split = "valid" if "valid" in own else "test" if "test" in own else "all"
    if split in ("valid", "test") and split not in own:
        if own in (["valid"], ["test"]):
            raise InputError(f"{path} has no {split} faces; it has {own[0]}.")
        data = opened(VALID_SHARE, TEST_SHARE)
    if split != "all" and not len(data.splits[split]):
        raise InputError(f"{path} has no {split} faces: choose another --split.")
    return data, split


def evaluate(
    model: OnnxModel,
    data: LabeledFaces,
    split: Which,
    *,
    mirror: bool = False,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Evaluate a model.

    Args:
        model: what is evaluated.
        data: opened by `open_for_evaluation`.
        split: train, valid, test or all.
        mirror: average each face with its mirror image.
        resamples: of the bootstrap; 0 leaves the intervals out.
        progress: called with what is done, how much of how much.

    Returns:
        `classification_metrics`, and `classes`, `split`, `mirror`, `output` (the model's output
        that was taken), `values` (metrics of each output of values that both model and data set
        have), `calibration` (see `_calibration`), `intervals` (95%, see `bootstrap.intervals`) and
        `reliability`.

    Raises:
        InputError: the model does not know the classes, or there is only one.
    """
    if len(data.classes) == 1:
        raise InputError(
            f"{data.name} has a single class, {data.classes[0]}: every answer among its classes "
            "would be right. Give faces of two classes or more."
        )
    mapping = mapping_to(model.card, data.classes)
    names = SPLITS if split == "all" else (split,)
    predicted, labels = _predicted(model, data, names, mapping, mirror, progress)
    if not len(labels):
        raise InputError(f"{data.name} has no labeled faces to evaluate on.")
    metrics = classification_metrics(predicted, labels, data.classes)
    metrics |= {
        "classes": list(data.classes),
        "split": split,
        "mirror": mirror,
        "output": mapping.output,
        "crop": data.crop,
        "values": _value_metrics(model, data, names, mirror),
    }
    if split in ("valid", "all") or not len(data.splits["valid"]):
        metrics["calibration"] = _calibration((predicted, labels), (predicted, labels)) | {
            "on": "the same faces"
        }
    else:
        tuning = _predicted(model, data, ("valid",), mapping, mirror, progress, TUNING_FACES)
        metrics["calibration"] = _calibration(tuning, (predicted, labels)) | {"on": "valid"}
    if resamples:
        drawn = intervals(predicted, labels, resamples=resamples)
        per_class = zip(data.classes, drawn.pop("per_class"), strict=True)
        metrics["intervals"] = drawn | {"per_class": dict(per_class)}
    metrics["reliability"] = reliability(predicted, labels)
    return metrics


def _predicted(
    model: OnnxModel,
    data: LabeledFaces,
    names: tuple[str, ...],
    mapping: OutputMapping,
    mirror: bool,
    progress: Progress | None,
    most: int | None = None,
) -> Predicted:
    """Probabilities and labels of the splits; of about `most` faces of each, spread over it."""
    parts: list[Split] = [data.splits[name] for name in names if len(data.splits[name])]
    rows = [slice(None, None, max(1, len(part) // most) if most else 1) for part in parts]
    predicted = [
        predict(
            model,
            part.faces(model.card.input, progress)[chosen],
            mapping,
            mirror=mirror,
            progress=progress,
        )
        for part, chosen in zip(parts, rows, strict=True)
    ]
    labels = [part.labels[chosen] for part, chosen in zip(parts, rows, strict=True)]
    if not predicted:
        return np.empty((0, len(data.classes)), np.float32), np.empty(0, np.int64)
    return np.concatenate(predicted), np.concatenate(labels)


def _value_metrics(
    model: OnnxModel, data: LabeledFaces, names: tuple[str, ...], mirror: bool
) -> dict[str, dict[str, float]]:
    """Metrics of the outputs that are no classes, by the output's name."""
    parts = [data.splits[name] for name in names if len(data.splits[name])]
    found = {}
    for name, output in model.card.outputs.items():
        if output.kind == "categorical" or any(name not in part.values for part in parts):
            continue
        known = [_same_axes(output, part.values[name]) for part in parts]
        predicted = [
            predict_outputs(model, part.faces(model.card.input), (name,), mirror=mirror)[name]
            for part in parts
        ]
        found[name] = output_metrics(output.kind, np.concatenate(predicted), np.concatenate(known))
    return found


def _same_axes(output: Output, known: HeadValues) -> NDArray[np.float32]:
    """The data set's values in the order of the model's axes."""
    return known.values[:, [known.output.labels.index(axis) for axis in output.labels]]


def _calibration(tuning: Predicted, evaluated: Predicted) -> dict[str, Any]:
    """Find the temperature on one set of faces, and the calibration error with it on another.

    Returns:
        `temperature` (1 needs no change; above 1 the model is too confident) and `ece` after it.
    """
    temperature = best_temperature(np.log(np.maximum(tuning[0], SMALLEST)), tuning[1])
    predicted, labels = evaluated
    scaled = np.maximum(predicted, SMALLEST) ** np.float32(1 / temperature)
    scaled = (scaled / scaled.sum(1, keepdims=True)).astype(np.float32)
    after = calibration_error(*confidence_gaps(scaled, labels))
    return {"temperature": temperature, "ece": after}
