"""Choosing temperature and prior power as one, on faces of more than one kind.

A temperature that is fitted on faces like the training faces alone makes a model too certain of all
others. So the first data set counts as it is and as a degraded copy (each face in one way, see
`mimika.training.audit.degradations.one_each`), and every further one by itself, all alike.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import UsageError
from mimika.base.softmax import softmax
from mimika.models.calibration import Calibration
from mimika.models.find import BUNDLED, model_path
from mimika.models.model import OnnxModel
from mimika.training.audit.degradations import one_each
from mimika.training.audit.faces import enlarged, load_faces
from mimika.training.audit.target import target_of
from mimika.training.evaluation.evaluate import open_for_evaluation
from mimika.training.evaluation.metrics import (
    SMALLEST,
    calibration_error,
    classification_summary,
    confidence_gaps,
)
from mimika.training.evaluation.predictions import BATCH
from mimika.training.finished_run import export_run
from mimika.training.recalibration import recalibrate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.models.card import Card
    from mimika.training.evaluation.evaluate import Progress, Which

HOME_ERROR = 0.025
"""Greatest calibration error on the first data set that the other sets may cost."""

MOST_COST = 0.02
"""Greatest loss of accuracy on the first data set that the prior correction may cost."""

POWERS = tuple(np.round(np.arange(0.0, 1.01, 0.05), 2).tolist())
TEMPERATURES = tuple(np.round(np.geomspace(0.4, 2.5, 93), 3).tolist())


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of one set of faces.

    Attributes:
        name: of the set.
        logits: (N, K) float32, of the main output, up to a constant a face.
        labels: (N,) int64, numbers of the main output's labels.
    """

    name: str
    logits: NDArray[np.float32]
    labels: NDArray[np.int64]

    def figures(self, calibration: Calibration) -> dict[str, float]:
        """`accuracy`, `balanced_accuracy`, `loss` and `ece` under a calibration."""
        predicted = softmax(calibration.adjusted(self.logits))
        summary = classification_summary(predicted, self.labels)
        return summary | {"ece": calibration_error(*confidence_gaps(predicted, self.labels))}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen, and what it does.

    Attributes:
        calibration: temperature, prior power and shares.
        sets: of each set, in their order, what `figures_of` gives.
    """

    calibration: Calibration
    sets: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without the shares."""
        found = self.calibration
        return {
            "temperature": found.temperature,
            "prior_power": found.prior_power,
            "sets": self.sets,
        }


def collect(
    model: OnnxModel,
    data: Sequence[Path],
    *,
    labels: str = "auto",
    split: Which = "auto",
    progress: Progress | None = None,
) -> list[Answers]:
    """Ask a model of all sets: the first data set, its degraded copy, the others.

    Args:
        model: a model file.
        data: data sets; the first is of the kind that the model was trained on.
        labels: of the first; the others have their own classes.
        split: of the first; "auto" is valid where there is one.
        progress: called with what is done, how much of how much.

    Raises:
        InputError: a data set is unusable, or has classes that the model does not know.
    """
    found: list[Answers] = []
    for place, path in enumerate(data):
        own = labels if place == 0 else "auto"
        which: Which = split if place == 0 else "auto"
        faces, chosen = open_for_evaluation(path, model, labels=own, split=which, progress=progress)
        target = target_of(model.card, faces.classes, "auto")
        loaded = load_faces(faces, chosen, model.card.input, progress)
        truth = target.numbers[loaded.labels]
        crops = np.array(loaded.crops)
        found.append(Answers(faces.name, _logits(model, crops), truth))
        if place == 0:
            degraded = one_each(crops, np.arange(len(crops)))
            found.append(Answers(f"{faces.name}, degraded", _logits(model, degraded), truth))
    return found


def choose(
    answers: Sequence[Answers],
    shares: Sequence[float],
    *,
    temperature: float = 0.0,
    prior_power: float | None = None,
) -> tuple[Chosen, list[Chosen]]:
    """Choose the calibration.

    For each power the temperature is the one with the least loss (negative log-likelihood, the mean
    over the sets) of those whose calibration error on the first set is at most `HOME_ERROR`. Of the
    powers the greatest is taken that costs at most `MOST_COST` of accuracy on the first set: the
    rare emotions of the training faces are less rare elsewhere.

    Args:
        answers: of `collect`, from a model with temperature 1 and prior power 0.
        shares: (K,) of the classes in the training faces.
        temperature: is taken as it is where not 0.
        prior_power: is taken as it is where not None.

    Returns:
        What was chosen, and the best of each power, by the power.
    """
    powers = POWERS if prior_power is None else (prior_power,)
    temperatures = (temperature,) if temperature else TEMPERATURES
    best = [_best_temperature(answers, shares, power, temperatures) for power in powers]
    least = float(best[0].sets[0]["accuracy"]) - MOST_COST
    return [each for each in best if each.sets[0]["accuracy"] >= least][-1], best


def calibrate(
    source: Path,
    data: Sequence[Path],
    *,
    labels: str = "auto",
    split: Which = "auto",
    temperature: float = 0.0,
    prior_power: float | None = None,
    progress: Progress | None = None,
) -> tuple[Chosen, list[Chosen]]:
    """Choose the calibration of a network; see `collect` and `choose`.

    That of a model file is chosen for its very answers, also in int8; where its card does not say
    the class shares of the training faces, the prior power stays 0.

    Args:
        source: a run's folder, weights, a checkpoint, or a model file, as `is_model_file` tells.
        data: see `collect`.
        labels: see `collect`.
        split: see `collect`.
        temperature: see `choose`.
        prior_power: see `choose`.
        progress: called with what is done, how much of how much.

    Returns:
        See `choose`.

    Raises:
        ModelError: the source holds no network of Mimika's, or is a model file without a softmax.
        UsageError: a prior power for a model file that does not say the class shares.
        InputError: a data set is unusable, or has classes that the model does not know.
    """
    with tempfile.TemporaryDirectory(prefix="mimika-calibrate-") as folder:
        bare = OnnxModel(_bare(source, Path(folder)), engine="cpu")
        shares = bare.card.calibration.shares
        if not shares:
            if prior_power:
                raise UsageError(
                    f"{source} does not say how frequent the classes were in its training faces, "
                    "so there is no prior to correct: leave --prior-power out."
                )
            prior_power = 0.0
        answers = collect(bare, data, labels=labels, split=split, progress=progress)
    return choose(answers, shares, temperature=temperature, prior_power=prior_power)


def write_calibrated(
    source: Path,
    output: Path,
    calibration: Calibration,
    *,
    name: str = "",
    license: str = "",
    notes: str = "",
) -> Card:
    """Write the model file of a run, or a model file anew, with a calibration.

    Args:
        source: see `calibrate`.
        output: the file to write.
        calibration: what was chosen.
        name: of the model, for its card.
        license: likewise.
        notes: likewise.

    Raises:
        ModelError: see `calibrate`.
        OutputError: the file cannot be written.
    """
    if is_model_file(source):
        path = model_path(str(source))
        return recalibrate(path, output, calibration, name=name, license=license, notes=notes)
    return export_run(
        source,
        output,
        temperature=calibration.temperature,
        prior_power=calibration.prior_power,
        name=name,
        license=license,
        notes=notes,
    )[0]


def is_model_file(source: Path) -> bool:
    """Whether a source is a finished model, by its ending or as one of the bundled."""
    return source.suffix == ".onnx" or (str(source) in BUNDLED and not source.exists())


def _bare(source: Path, folder: Path) -> Path:
    """A model file of the source that is not calibrated, whose card says the class shares."""
    bare = folder / "bare.onnx"
    if is_model_file(source):
        path = model_path(str(source))
        shares = OnnxModel(path, engine="cpu").card.calibration.shares
        recalibrate(path, bare, Calibration(shares=shares))
    else:
        export_run(source, bare, temperature=1.0)
    return bare


def figures_of(answers: Sequence[Answers], calibration: Calibration) -> list[dict[str, Any]]:
    """Of each set its `name`, its faces (`n`), and the figures under a calibration."""
    return [
        {"name": each.name, "n": len(each.labels)} | each.figures(calibration) for each in answers
    ]


def _best_temperature(
    answers: Sequence[Answers],
    shares: Sequence[float],
    power: float,
    temperatures: Sequence[float],
) -> Chosen:
    tried = [
        Calibration(temperature=temperature, prior_power=power, shares=tuple(shares))
        for temperature in temperatures
    ]
    losses, errors = zip(*(_loss_and_error(answers, each) for each in tried), strict=True)
    allowed = [place for place, error in enumerate(errors) if error <= HOME_ERROR]
    best = min(allowed, key=losses.__getitem__) if allowed else int(np.argmin(errors))
    return Chosen(tried[best], figures_of(answers, tried[best]))


def _loss_and_error(answers: Sequence[Answers], calibration: Calibration) -> tuple[float, float]:
    """Mean loss over the sets, and the calibration error on the first."""
    predicted = [softmax(calibration.adjusted(each.logits)) for each in answers]
    losses = [
        -np.log(np.maximum(p[np.arange(len(p)), each.labels], SMALLEST)).mean()
        for p, each in zip(predicted, answers, strict=True)
    ]
    error = calibration_error(*confidence_gaps(predicted[0], answers[0].labels))
    return float(np.mean(losses)), error


def _logits(model: OnnxModel, crops: NDArray[Any]) -> NDArray[np.float32]:
    parts = [
        model(enlarged(crops[start : start + BATCH], model.card.input))
        for start in range(0, len(crops), BATCH)
    ]
    return np.log(np.maximum(np.concatenate(parts), np.float32(SMALLEST)))
