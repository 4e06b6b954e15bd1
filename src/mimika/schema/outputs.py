"""What a model can say of a face, and what follows from its kind: the table of outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mimika.schema.field import Field
from mimika.schema.fields import FACE_FIELDS, OUTPUT_MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

KindName = Literal["categorical", "continuous", "angles"]

MAIN_OUTPUT = "emotion"
"""The categorical output that a face's emotion, confidence and probabilities come from."""

PRESENCE_OUTPUT = "presence"
"""The output, one number from 0 to 1, that says whether a box holds a face at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputKind:
    """What all outputs of a kind have in common; each room finds its part by these words.

    Attributes:
        activation: of the network's last layer: "softmax", or "tanh" scaled to the range, or
            "none".
        loss: what training minimizes (`mimika.training.losses`).
        metrics: what evaluation reports, the one that picks the kept weights first.
        smoothing: how values are steadied over time (`mimika.tracking.smoothing`).
        unit: of its values.
    """

    activation: Literal["softmax", "tanh", "none"]
    loss: Literal["cross_entropy", "concordance", "angular"]
    metrics: tuple[str, ...]
    smoothing: Literal["probabilities", "mean", "circular_mean"]
    unit: str = ""


OUTPUT_KINDS: Mapping[KindName, OutputKind] = {
    "categorical": OutputKind(
        activation="softmax",
        loss="cross_entropy",
        metrics=("accuracy", "balanced_accuracy"),
        smoothing="probabilities",
    ),
    # Concordance correlation (Lin 1989), as in the AffectNet and Aff-Wild benchmarks.
    "continuous": OutputKind(
        activation="tanh",
        loss="concordance",
        metrics=("concordance", "rmse"),
        smoothing="mean",
    ),
    "angles": OutputKind(
        activation="none",
        loss="angular",
        metrics=("mean_absolute_error",),
        smoothing="circular_mean",
        unit="degrees",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output of a model.

    Attributes:
        name: what it is called, such as "emotion" or "affect".
        kind: see `OUTPUT_KINDS`.
        labels: names of the K classes or axes, in the order of the values.
        tensor: name of the network's output, (N, K) float32.
        minimum: smallest value of an axis.
        maximum: largest value of an axis.
        meaning: a sentence for people.
    """

    name: str
    kind: KindName
    labels: tuple[str, ...]
    tensor: str
    minimum: float = 0.0
    maximum: float = 1.0
    meaning: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of a face that it fills, an axis each; the main output's are in the table."""
        if self.kind == "categorical":
            return ()
        return tuple(
            FACE_FIELDS.get(label)
            or Field(
                name=f"{self.name}{OUTPUT_MARK}{label}",
                type="number",
                meaning=self.meaning or f"The model's own output {self.name}.",
                unit=OUTPUT_KINDS[self.kind].unit,
                minimum=self.minimum,
                maximum=self.maximum,
                decimals=4,
                optional=True,
            )
            for label in self.labels
        )


TILT_OUTPUT = "tilt"
"""The output, an angle, that says how far a face is tilted. It is the pipeline's own: pictures by
themselves are judged upright with it (`mimika.models.still`), and no face carries it."""

TILT = Output(
    name=TILT_OUTPUT,
    kind="angles",
    labels=("tilt",),
    tensor="tilt",
    minimum=-180.0,
    maximum=180.0,
    meaning="How far the face is tilted clockwise in the picture, in degrees.",
)
