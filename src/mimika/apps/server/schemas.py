"""The shapes on the wire, for the OpenAPI document; `FrameResult.to_dict()` makes the first four.

tests/server/test_api.py holds them to what the server really sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from mimika.apps.server.downloads import downloads
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.schema.fields import Field as ResultField


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, float]


class BoxShape(_Shape):
    """A rectangle in pixels of the picture; it may reach beyond it."""

    x: float
    y: float
    width: float
    height: float


_TYPES: dict[str, Any] = {
    "integer": int,
    "number": float,
    "string": str,
    "box": BoxShape,
    "probabilities": dict[str, float],
    "points": dict[str, tuple[float, float]],
}


def _shape_of(
    name: str, words: str, fields: Mapping[str, ResultField], **more: Any
) -> type[BaseModel]:
    """Make the shape of what `to_dict` gives from the table of fields."""
    known: dict[str, Any] = {}
    for field in fields.values():
        # A mapping's limits are those of its values; only a number has them itself.
        number = field.type in ("integer", "number")
        info = Field(
            default=None if field.optional else ...,
            description=field.json_schema()["description"],
            ge=field.minimum if number else None,
            le=field.maximum if number else None,
        )
        kind = _TYPES[field.type]
        known[field.name] = (kind | None if field.optional else kind, info)
    made: type[BaseModel] = create_model(name, __doc__=words, __base__=_Open, **known, **more)
    return made


FaceShape = _shape_of(
    "FaceShape", "One face; a model may bring numbers of its own, OUTPUT.AXIS.", FACE_FIELDS
)
FrameShape = _shape_of(
    "FrameShape",
    "All faces of one picture or frame; none is an empty list.",
    FRAME_FIELDS,
    faces=(list[FaceShape], ...),  # type: ignore[valid-type]
)


class ProblemShape(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="One sentence that says what is wrong and what to do next.")


class InputShape(_Shape):
    """The crops that the model takes."""

    height: int
    width: int
    channels: int
    color: str


class OutputShape(_Shape):
    """What the model says of a face."""

    kind: str
    tensor: str
    labels: list[str]
    minimum: float | None = None
    maximum: float | None = None
    meaning: str = ""


class CardShape(_Shape):
    """What the model says of itself, and what runs it."""

    format: int
    name: str
    version: str
    outputs: dict[str, OutputShape]
    input: InputShape
    crop_margin: float
    training_data: str
    metrics: dict[str, Any]
    license: str
    created: str
    notes: str
    engine: str = Field(description='What runs it, such as "cpu".')
    colors: dict[str, str] = Field(description="Label to display color, #rrggbb.")


class PersonShape(_Shape):
    """One face over a video."""

    track_id: int
    first_s: float
    last_s: float
    frames: int
    seconds: dict[str, float] = Field(description="Emotion to the seconds it was shown.")
    shares: dict[str, float] = Field(description="Emotion to its share of the frames.")


class MomentShape(_Shape):
    """An interval in which a person shows an emotion strongly; see docs/moments.md."""

    onset_s: float
    peak_s: float
    end_s: float
    duration_s: float
    person: int = Field(description="The person's number: tracks of one person are joined.")
    track_id: int = Field(description="The face's number at the peak.")
    emotion: str
    strength: float = Field(description="Largest departure, in spreads of the face at rest.")
    probability: float = Field(description="Of the emotion at the peak.")


class SummaryShape(_Shape):
    """Who was seen in a video, and what they showed."""

    frames: int
    people: list[PersonShape]
    moments: list[MomentShape]


FilesShape = create_model(
    "FilesShape",
    __doc__="Where a finished video's results are, below this server.",
    __base__=_Shape,
    **{kind.option: (str, Field(description=kind.file_name)) for kind in downloads()},  # type: ignore[call-overload]
)


class JobShape(_Shape):
    """A video that waits, is analysed, or was."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    progress: float | None = Field(description="0 to 1; null where the length is not known.")
    frames: int = Field(description="Frames analysed so far.")
    warnings: list[str] = Field(description="What was left out or repaired; sentences.")
    error: str | None = Field(description="What went wrong, where it failed.")
    summary: SummaryShape | None
    files: FilesShape | None  # type: ignore[valid-type]


class HealthShape(_Shape):
    """The server's state."""

    status: Literal["ok"]
