"""Auditing a model file: how good, how certain, how robust, how steady, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mimika.base.version import __version__
from mimika.pipeline.settings import Settings
from mimika.schema.outputs import PRESENCE_OUTPUT
from mimika.training.audit.degradations import DEGRADATIONS, mirror
from mimika.training.audit.faces import AuditFaces, enlarged, is_box_column, load_faces
from mimika.training.audit.groups import (
    FEWEST,
    compare_groups,
    group_columns,
    hidden_warnings,
    warnings_of,
)
from mimika.training.audit.proportions import Share
from mimika.training.audit.target import target_of
from mimika.training.evaluation.bootstrap import intervals
from mimika.training.evaluation.metrics import (
    calibration_error,
    classification_metrics,
    classification_summary,
    confidence_gaps,
    reliability,
)
from mimika.training.evaluation.predictions import BATCH, in_classes, predict_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.training.audit.degradations import Change, Degradation
    from mimika.training.audit.target import Target
    from mimika.training.data.dataset import LabeledFaces
    from mimika.training.evaluation.evaluate import Progress, Which

    Predict = Callable[[Change | None, float], "_Predicted"]

CONFIDENT = 0.9
LEAST_CONFIDENCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, CONFIDENT)
"""Values of `--min-confidence` of which the report says what they leave."""
POORLY_CALIBRATED = 0.05
"""Calibration error from which the report warns."""
FEWEST_CALIBRATED = 100
"""With fewer faces the calibration error is mostly chance, which makes it larger, never smaller."""
RARELY_FOUND = 0.9
"""Share of faces found below which the report warns."""
STEADY = ("shift", "tilt")
"""Degradations whose share of changed labels says how steady a label is."""


class _Predicted(NamedTuple):
    """What the model says of N faces.

    Attributes:
        shares: (N, K) float32 probabilities, rows summing to 1.
        hidden: (N,) whether a face is taken for none and not shown; None where the model does not
            say it.
    """

    shares: NDArray[np.float32]
    hidden: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Clean:
    """What the model says of the faces as they are."""

    predicted: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        return self.predicted.argmax(1) == self.labels


def audit(
    model: OnnxModel,
    data: LabeledFaces,
    which: Which,
    *,
    labels: str = "auto",
    groups: Sequence[str] = (),
    fewest: int = FEWEST,
    still: bool = False,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Audit a model on labeled faces.

    Args:
        model: what is audited.
        data: opened by `mimika.training.evaluation.evaluate.open_for_evaluation`.
        which: train, valid, test or all.
        labels: that the data set was opened with.
        groups: columns of the table to compare people by; all that name groups where empty.
        fewest: groups of fewer faces are too few to compare.
        still: faces are judged as pictures by themselves are, not as in a stream.
        resamples: of the bootstrap.
        progress: called with what is done, how much of how much.

    Returns:
        JSON-ready: `clean` (`classification_metrics` with `intervals`), `calibration`,
        `robustness`, `steadiness`, `groups`, `detection`, `presence`, `warnings`, and what was
        audited on what.

    Raises:
        InputError: the model does not know the classes, there are no faces, or no such column.
    """
    target = target_of(model.card, data.classes, labels)
    faces = load_faces(data, which, model.card.input, progress)
    truth = target.numbers[faces.labels]
    columns = {name: cells for name, cells in faces.columns.items() if not is_box_column(name)}
    compared = group_columns(columns, groups)
    passes = 2 + sum(len(d.grades) for d in DEGRADATIONS)
    steps = _Steps(model, faces, target, passes, progress, still=still)
    shares, hidden = steps.predict(None, 0.0)
    clean = _Clean(shares, truth)
    found: dict[str, Any] = {
        "format": 1,
        "mimika": __version__,
        "created": date.today().isoformat(),
        "model": model.card.name,
        "data": data.name,
        "split": which,
        "labels": labels,
        "still": still,
        "output": target.mapping.output,
        "crop": data.crop,
        "classes": list(target.classes),
        "n": len(truth),
        "clean": _figures(clean, target, resamples),
        "calibration": _calibration(clean),
        "detection": faces.detection,
        "presence": _presence(hidden, compared, fewest),
        "robustness": [_robustness(each, clean, steps.predict) for each in DEGRADATIONS],
        "groups": {
            name: compare_groups(clean.right, truth, target.classes, words, fewest=fewest)
            for name, words in compared.items()
        },
    }
    if faces.detection is not None and hidden is not None:
        further = steps.hidden(faces.further)
        faces.detection["further_hidden"] = int(further.sum()) / faces.detection["pictures"]
    mirrored = steps.predict(lambda crops, *_: mirror(crops), 0.0).shares
    found["steadiness"] = _steadiness(clean, mirrored, found["robustness"])
    return found | {"warnings": _warnings(found)}


class _Steps:
    """Predicts the faces again and again, and says how far it is."""

    def __init__(
        self,
        model: OnnxModel,
        faces: AuditFaces,
        target: Target,
        passes: int,
        progress: Progress | None,
        *,
        still: bool,
    ) -> None:
        self._still = still
        self._model, self._crops, self._target = model, faces.crops, target
        self._progress, self._total, self._done = progress, passes * len(faces.crops), 0

    def predict(self, change: Change | None, grade: float) -> _Predicted:
        """Predict the faces as changed."""
        parts = []
        for start in range(0, len(self._crops), BATCH):
            crops = np.ascontiguousarray(self._crops[start : start + BATCH])
            if change is not None:
                crops = change(crops, np.arange(start, start + len(crops)), grade)
            parts.append(self._outputs(enlarged(crops, self._model.card.input)))
            self._done += len(crops)
            if self._progress is not None:
                self._progress("degrading and predicting", self._done, self._total)
        values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        mapping = self._target.mapping
        return _Predicted(in_classes(values[mapping.output], mapping), _hidden(values))

    def hidden(self, crops: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Whether boxes, (N, H, W, C) of the model's input, are taken for no faces; (N,)."""
        found = _hidden(self._outputs(crops))
        return np.zeros(len(crops), np.bool_) if found is None else found

    def _outputs(self, crops: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        card = self._model.card
        names = [self._target.mapping.output]
        names += [PRESENCE_OUTPUT] if PRESENCE_OUTPUT in card.outputs else []
        return predict_outputs(self._model, crops, names, still=self._still)


def _hidden(values: Mapping[str, NDArray[np.float32]]) -> NDArray[np.bool_] | None:
    if PRESENCE_OUTPUT not in values:
        return None
    return np.asarray(values[PRESENCE_OUTPUT][:, 0] < Settings().min_presence)


def _presence(
    hidden: NDArray[np.bool_] | None, columns: Mapping[str, NDArray[np.str_]], fewest: int
) -> dict[str, Any] | None:
    """How many faces are taken for none, and whose; None where the model does not say it."""
    if hidden is None:
        return None
    whole = np.zeros(len(hidden), np.int64)
    return {
        "least": Settings().min_presence,
        "hidden": _share(hidden).to_dict(),
        "groups": {
            name: compare_groups(hidden, whole, (), words, fewest=fewest)
            for name, words in columns.items()
        },
    }


def _figures(clean: _Clean, target: Target, resamples: int) -> dict[str, Any]:
    """`classification_metrics` of the classes that occur, with Wilson intervals of recalls."""
    metrics = classification_metrics(clean.predicted, clean.labels, target.classes)
    drawn = intervals(clean.predicted, clean.labels, resamples=resamples)
    metrics["intervals"] = {name: drawn[name] for name in ("balanced_accuracy", "ece")}
    metrics["intervals"]["accuracy"] = list(_share(clean.right).interval)
    for number, name in enumerate(target.classes):
        mine = clean.labels == number
        own, between = metrics["per_class"][name], drawn["per_class"][number]
        own["intervals"] = {"recall": list(_share(clean.right[mine]).interval)} if any(mine) else {}
        own["intervals"] |= {k: between[k] for k in ("precision", "f1") if between[k] is not None}
    return metrics


def _calibration(clean: _Clean) -> dict[str, Any]:
    """How far confidence is from being right: `ece`, the bins, and what a least one leaves."""
    confidence = clean.predicted.max(1)
    selective = [
        {
            "least": least,
            "answered": _share(answered := confidence >= least).to_dict(),
            "right": _share(clean.right[answered]).to_dict() if answered.any() else None,
        }
        for least in LEAST_CONFIDENCES
    ]
    return {
        "ece": calibration_error(*confidence_gaps(clean.predicted, clean.labels)),
        "mean_confidence": float(confidence.mean()),
        "confident": {"least": CONFIDENT, "right": selective[-1]["right"]},
        "selective": selective,
        "reliability": reliability(clean.predicted, clean.labels),
    }


def _robustness(degradation: Degradation, clean: _Clean, predict: Predict) -> dict[str, Any]:
    """What is left at each grade of a degradation."""
    grades = []
    for grade in degradation.grades:
        predicted, hidden = predict(degradation.change, grade)
        summary = classification_summary(predicted, clean.labels)
        grades.append(
            {
                "grade": grade,
                "written": degradation.written(grade),
                "accuracy": _share(predicted.argmax(1) == clean.labels).to_dict(),
                "balanced_accuracy": summary["balanced_accuracy"],
                "ece": calibration_error(*confidence_gaps(predicted, clean.labels)),
                "mean_confidence": float(predicted.max(1).mean()),
                "changed": _changed(predicted, clean),
                "hidden": None if hidden is None else _share(hidden).to_dict(),
            }
        )
    return {"name": degradation.name, "meaning": degradation.meaning, "grades": grades}


def _steadiness(
    clean: _Clean, mirrored: NDArray[np.float32], robustness: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Share of the faces whose label changes, by what was done to them."""
    rows = [{"what": "mirror image", "changed": _changed(mirrored, clean)}]
    rows += [
        {"what": f"{each['name']} {grade['written']}", "changed": grade["changed"]}
        for each in robustness
        if each["name"] in STEADY
        for grade in each["grades"]
    ]
    return rows


def _warnings(found: dict[str, Any]) -> list[str]:
    """What a reader must not miss, a sentence each."""
    warnings = []
    calibration, detection = found["calibration"], found["detection"]
    if found["n"] < FEWEST_CALIBRATED:
        warnings.append(
            f"With {found['n']} faces all figures are uncertain, as their intervals say, and how "
            "far confidence can be trusted is not known."
        )
    elif calibration["ece"] >= POORLY_CALIBRATED:
        warnings.append(
            f"Confidence is not to be trusted here: {100 * calibration['mean_confidence']:.0f}% on "
            f"average, and {100 * found['clean']['accuracy']:.0f}% are right (calibration error "
            f"{100 * calibration['ece']:.0f}%)."
        )
    if detection is not None and detection["found"]["value"] < RARELY_FOUND:
        seen = detection["found"]
        warnings.append(
            f"Of {seen['n']} faces {100 * (1 - seen['value']):.0f}% were not found; all other "
            "figures are of those that were."
        )
    for column, compared in found["groups"].items():
        warnings += warnings_of(column, compared)
    for column, compared in (found["presence"] or {"groups": {}})["groups"].items():
        warnings += hidden_warnings(column, compared)
    return warnings


def _changed(predicted: NDArray[np.float32], clean: _Clean) -> dict[str, object]:
    return _share(predicted.argmax(1) != clean.predicted.argmax(1)).to_dict()


def _share(true: NDArray[np.bool_]) -> Share:
    return Share(int(true.sum()), len(true))
