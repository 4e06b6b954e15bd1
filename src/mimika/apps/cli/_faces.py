"""Opening the labeled faces that a model is measured on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimika.models.model import OnnxModel
    from mimika.training.data.dataset import LabeledFaces
    from mimika.training.evaluation.evaluate import Progress, Which


def open_faces(
    name: str,
    model: OnnxModel,
    data: Path,
    *,
    split: Which,
    labels: str,
    crop: str,
    skip_bad: bool,
    seed: int,
    progress: Progress | None,
) -> tuple[LabeledFaces, Which]:
    """Open a data set for a model; the faces that a run was validated on where it is its own.

    Args:
        name: of the model as it was given: a run's folder or file says what it was trained on.
        model: the model itself.
        data: the data set; for this and the others see `open_for_evaluation`.
        split: "auto" is valid, split as the run did, where the run was trained on the data set.
        labels: as the command line has them, as are the rest.
        crop: likewise.
        skip_bad: likewise.
        seed: likewise.
        progress: called with what is done, how much of how much.

    Returns:
        The data set, and the split that "auto" stands for.

    Raises:
        UsageError, InputError: as `open_for_evaluation`.
    """
    from mimika.training.config import trained_on
    from mimika.training.evaluation.evaluate import open_for_evaluation

    if split == "auto" and (known := trained_on(Path(name), data)) is not None:
        split, seed, crop = "valid", known.seed, known.crop
    return open_for_evaluation(
        data,
        model,
        split=split,
        labels=labels,
        crop=crop,
        skip_bad=skip_bad,
        seed=seed,
        progress=progress,
    )
