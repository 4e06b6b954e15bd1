"""Judging a model file on labelled faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.training.data.dataset import TEST_SHARE, VALID_SHARE, open_data
from mimika.training.data.labelling import PROTOCOLS
from mimika.training.data.listing import SPLITS
from mimika.training.evaluation.bootstrap import intervals
from mimika.training.evaluation.predictions import mapping_to, predict
from mimika.training.figures import best_temperature, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.training.data.dataset import LabelledFaces, Split

    Progress = Callable[[str, int, int], None]

Which = Literal["auto", "all", "train", "valid", "test"]
TUNING_FACES = 1000
"""Faces of valid that the temperature is fitted on where another split is judged."""
SMALLEST = 1e-12
"""Probabilities below count as this in a logarithm."""


def open_to_judge(
    path: Path,
    classifier: OnnxModel,
    *,
    split: Which = "auto",
    protocol: str = "auto",
    crop: str = "auto",
    skip_bad: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[LabelledFaces, Which]:
    """Open a data set for judging, cut as the model's card says.

    Args:
        path: the data set.
        classifier: the model.
        split: which faces; "auto" is valid where the data set has it, else test, else all. A data
            set without splits is split as `mimika train` does where valid or test is asked for.
        protocol: a protocol of `mimika.training.data.labelling`, or "auto" for the data set's own
            labels.
        crop: see `open_data`.
        skip_bad: see `open_data`.
        seed: of the automatic split.
        progress: told how far it is.

    Returns:
        The data set, and the split that "auto" stands for.

    Raises:
        UsageError: there is no such split.
        InputError: the data set is unusable or has no faces in that split.
    """
    if split not in ("auto", "all", *SPLITS):
        raise UsageError(f"There is no --split {split}: choose auto, all, {', '.join(SPLITS)}.")
    if protocol not in ("auto", *PROTOCOLS):
        raise UsageError(f"There is no --protocol {protocol}: choose auto, {', '.join(PROTOCOLS)}.")

    def opened(valid_share: float, test_share: float) -> LabelledFaces:
        return open_data(
            path,
            labels=protocol,
            crop=crop,
            margin=classifier.card.crop_margin,
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
    classifier: OnnxModel,
    data: LabelledFaces,
    split: Which,
    *,
    mirror: bool = False,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Judge a model.

    Args:
        classifier: the model.
        data: opened by `open_to_judge`.
        split: train, valid, test or all.
        mirror: average each face with its mirror image.
        resamples: of the bootstrap; 0 leaves the intervals out.
        progress: told how far it is.

    Returns:
        The figures of `mimika.training.figures.judge`, and `classes`, `split`, `mirror`, `output`
        (the model's output that was judged), `calibration` (see `_calibration`), `intervals` (see
        `bootstrap.intervals`; 95%).

    Raises:
        InputError: the model does not know the classes.
    """
    mapping = mapping_to(classifier.card, data.classes)
    names = SPLITS if split == "all" else (split,)
    said, labels = _judged(classifier, data, names, mapping, mirror, progress)
    if not len(labels):
        raise InputError(f"{data.name} has no labelled faces to judge.")
    figures = judge(said, labels, data.classes)
    figures |= {
        "classes": list(data.classes),
        "split": split,
        "mirror": mirror,
        "output": mapping.output,
        "crop": data.crop,
    }
    tuning = data.splits["valid"]
    if split in ("valid", "all") or not len(tuning):
        figures["calibration"] = _calibration(said, labels, said, labels, "the same faces")
    else:
        tuned, truth = _judged(
            classifier, data, ("valid",), mapping, mirror, progress, TUNING_FACES
        )
        figures["calibration"] = _calibration(tuned, truth, said, labels, "valid")
    if resamples:
        drawn = intervals(said, labels, resamples=resamples)
        per_class = zip(data.classes, drawn.pop("per_class"), strict=True)
        figures["intervals"] = drawn | {"per_class": dict(per_class)}
    figures["reliability"] = reliability(said, labels)
    return figures


def _judged(
    classifier: OnnxModel,
    data: LabelledFaces,
    names: tuple[str, ...],
    mapping: Any,
    mirror: bool,
    progress: Progress | None,
    most: int | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Probabilities and labels of the splits; of about `most` faces of each, spread over it."""
    parts: list[Split] = [data.splits[name] for name in names if len(data.splits[name])]
    rows = [slice(None, None, max(1, len(part) // most) if most else 1) for part in parts]
    said = [
        predict(
            classifier,
            part.faces(classifier.card.input, progress)[chosen],
            mapping,
            mirror=mirror,
            progress=progress,
        )
        for part, chosen in zip(parts, rows, strict=True)
    ]
    labels = [part.labels[chosen] for part, chosen in zip(parts, rows, strict=True)]
    if not said:
        return np.empty((0, len(data.classes)), np.float32), np.empty(0, np.int64)
    return np.concatenate(said), np.concatenate(labels)


def _calibration(
    tuned: NDArray[np.float32],
    truth: NDArray[np.int64],
    said: NDArray[np.float32],
    labels: NDArray[np.int64],
    on: str,
) -> dict[str, Any]:
    """Find the temperature on one set of faces, and the calibration error with it on another.

    Returns:
        `temperature` (1 needs no change; above 1 the model is too sure), `ece` after it, and `on`:
        which faces it was fitted on.
    """
    temperature = best_temperature(np.log(np.maximum(tuned, SMALLEST)), truth)
    scaled = np.maximum(said, SMALLEST) ** np.float32(1 / temperature)
    scaled = (scaled / scaled.sum(1, keepdims=True)).astype(np.float32)
    after = judge(scaled, labels, [str(k) for k in range(said.shape[1])])["ece"]
    return {"temperature": temperature, "ece": after, "on": on}


def reliability(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], bins: int = 15
) -> list[dict[str, float]]:
    """Compare confidence with how often it was right, in bins of equal width.

    Returns:
        For each bin that has faces: `confidence` and `accuracy` (means, 0 to 1), and `n`.
    """
    sure, right = probabilities.max(1), probabilities.argmax(1) == labels
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    return [
        {
            "confidence": float(sure[place == b].mean()),
            "accuracy": float(right[place == b].mean()),
            "n": int((place == b).sum()),
        }
        for b in np.unique(place)
    ]
