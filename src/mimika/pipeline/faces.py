"""From a model's predictions to faces: labels, thresholds, derived values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.labels.affect import DerivedAffect
from mimika.labels.emotions import UNCERTAIN
from mimika.schema.columns import ResultSchema
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.schema.results import Face, FrameResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.models.card import Card
    from mimika.schema.fields import Field
    from mimika.schema.geometry import Box, Point
    from mimika.sources.frame import Frame

AFFECT = ("valence", "arousal")


class FaceMaker:
    """Makes the faces of one model.

    Attributes:
        schema: which fields its faces have.
    """

    def __init__(
        self, card: Card, *, min_confidence: float = 0.0, landmarks: tuple[str, ...] = ()
    ) -> None:
        """Look at what the model says of a face.

        Args:
            card: of the model.
            min_confidence: a face whose emotion is less probable is called uncertain.
            landmarks: names of the points that the detector gives.
        """
        self._labels, self._min_confidence = card.labels, min_confidence
        self._measured = {
            name: tuple(field.name for field in card.outputs[name].fields)
            for name in card.shown
            if name != MAIN_OUTPUT
        }
        own = {name for names in self._measured.values() for name in names}
        derived = DerivedAffect(card.labels)
        self._derived = derived if derived.possible and not own & set(AFFECT) else None
        optional: list[str | Field] = list(card.fields)
        if self._derived:
            optional += [f"derived_{axis}" for axis in AFFECT]
        self.schema = ResultSchema.of(card.labels, optional=optional, landmarks=landmarks)

    def __call__(
        self,
        box: Box,
        number: int,
        values: Mapping[str, NDArray[Any]],
        held: int,
        score: float,
        landmarks: Mapping[str, Point] | None = None,
    ) -> Face:
        """Make a face.

        Args:
            box: where it is.
            number: its number.
            values: (K,) by the output's name, steadied or not.
            held: index of the label that is held.
            score: the detector's.
            landmarks: its points by name, if the detector gives them.
        """
        row = values[MAIN_OUTPUT]
        confidence = float(row[held])
        known: dict[str, Any] = {"landmarks": dict(landmarks)} if landmarks else {}
        for output, names in self._measured.items():
            known |= zip(names, (float(v) for v in values[output]), strict=True)
        if self._derived and (place := self._derived(row)):
            known |= {f"derived_{axis}": v for axis, v in zip(AFFECT, place, strict=True)}
        return Face(
            box=box,
            track_id=number,
            probabilities=dict(zip(self._labels, (float(p) for p in row), strict=True)),
            emotion=self._labels[held] if confidence >= self._min_confidence else UNCERTAIN,
            confidence=confidence,
            detection_score=score,
            values=known,
        )


def frame_result(frame: Frame, faces: tuple[Face, ...]) -> FrameResult:
    """Put a frame's faces together."""
    height, width = frame.image.shape[:2]
    return FrameResult(frame.time_s, frame.index, width, height, faces, frame.name or None)
