"""Results made for tests: every field, several faces, frames without one."""

from __future__ import annotations

from mimika.schema.columns import ResultSchema
from mimika.schema.field import Field
from mimika.schema.fields import FACE_FIELDS
from mimika.schema.geometry import Box, Point
from mimika.schema.results import Face, FrameResult

LABELS = ("anger", "happy", "sad")
POINTS = ("right_eye", "nose")
OWN = Field(name="pose.yaw", type="number", meaning="A head's turn.", unit="degrees", optional=True)
OPTIONAL = [f.name for f in FACE_FIELDS.values() if f.optional and f.type == "number"]
SCHEMA = ResultSchema.of(LABELS, optional=(*OPTIONAL, OWN), landmarks=POINTS)


def face(number: int = 1, **values) -> Face:
    """A face whose probabilities and place depend on its number; `values` are optional fields."""
    happy = 0.25 + 0.125 * (number % 4)
    return Face(
        box=Box(10.5 * number, 20.0, 30.0, 40.5),
        track_id=number,
        probabilities={"anger": 0.25, "happy": happy, "sad": 0.75 - happy},
        emotion="happy",
        confidence=happy,
        detection_score=0.875,
        values=values,
    )


def every_value(number: int = 1) -> dict:
    """A value for each optional field of `SCHEMA`."""
    numbers = dict.fromkeys(OPTIONAL, 0.125 * number)
    points = {"right_eye": Point(1.5, 2.5), "nose": Point(3.0, 4.0 * number)}
    return {"landmarks": points, **numbers, "pose.yaw": -17.25}


def frame(index: int, faces: int = 1, *, full: bool = False, name: str | None = None):
    """A frame's result."""
    made = tuple(face(n, **(every_value(n) if full else {})) for n in range(1, faces + 1))
    return FrameResult(index / 25, index, 640, 480, made, name)
