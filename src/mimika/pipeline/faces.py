"""From a model's predictions to faces: labels, thresholds, derived values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mimika.base.names import as_text
from mimika.labels.affect import DerivedAffect
from mimika.labels.emotions import UNCERTAIN
from mimika.schema.columns import ResultSchema
from mimika.schema.mesh import MESH_FIELDS
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.schema.results import Face, FrameResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.detection import Detection
    from mimika.mesh.reading import MeshReading
    from mimika.models.card import Card
    from mimika.schema.field import Field
    from mimika.schema.geometry import Box
    from mimika.sources.frame import Frame

AFFECT = ("valence", "arousal")


class FaceMaker:
    """Makes the faces of one model.

    Attributes:
        schema: which fields its faces have.
    """

    def __init__(
        self,
        card: Card,
        *,
        min_confidence: float = 0.0,
        landmarks: Sequence[str] = (),
        mesh: bool = False,
    ) -> None:
        """Look at what the model says of a face.

        Args:
            card: of the model.
            min_confidence: a face whose emotion is less probable is called uncertain.
            landmarks: names of the points that the detector gives.
            mesh: meshes are read, so that faces may have their values.
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
        if mesh:
            optional += [field.name for field in MESH_FIELDS]
        self.schema = ResultSchema.of(card.labels, optional=optional, landmarks=landmarks)

    def __call__(
        self,
        detection: Detection,
        track_id: int,
        values: Mapping[str, NDArray[Any]],
        held: int,
    ) -> Face:
        """Make a face.

        Args:
            detection: where it is.
            track_id: its number.
            values: (K,) by the output's name, steadied or not.
            held: index of the label that is held.
        """
        row = values[MAIN_OUTPUT]
        confidence = float(row[held])
        known: dict[str, Any] = {"landmarks": detection.landmarks} if detection.landmarks else {}
        for output, names in self._measured.items():
            known |= zip(names, values[output].tolist(), strict=True)
        if self._derived and (place := self._derived(row)):
            known["derived_valence"], known["derived_arousal"] = place
        return Face(
            box=detection.box,
            track_id=track_id,
            probabilities=dict(zip(self._labels, row.tolist(), strict=True)),
            emotion=self._labels[held] if confidence >= self._min_confidence else UNCERTAIN,
            confidence=confidence,
            detection_score=detection.score,
            values=known,
        )


def with_mesh(face: Face, reading: MeshReading | None) -> Face:
    """The face with what its mesh says; as it is where there is none."""
    if reading is None:
        return face
    return replace(face, values={**face.values, **reading.values()}, mesh=reading.points)


def moved(face: Face, box: Box) -> Face:
    """The same face at another place, its landmarks with it."""
    if not face.landmarks:
        return replace(face, box=box)
    landmarks = face.box.carry(face.landmarks, box)
    return replace(face, box=box, values={**face.values, "landmarks": landmarks})


def by_number(faces: Iterable[Face]) -> tuple[Face, ...]:
    """The faces of a frame in the order of results."""
    return tuple(sorted(faces, key=lambda face: face.track_id))


def frame_result(frame: Frame, faces: tuple[Face, ...]) -> FrameResult:
    """Put a frame's faces together."""
    height, width = frame.image.shape[:2]
    name = as_text(frame.name) if frame.name else None
    return FrameResult(frame.time_s, frame.index, width, height, faces, name)
