"""The shapes on the wire, for the OpenAPI document.

Those of results come from the table of fields; tests/apps/server/test_api.py holds all of them to
what the server really sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from mimika.apps.server.downloads import downloads
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.schema.field import Field as ResultField

FACE, FRAME = "FaceShape", "FrameShape"


def reference(name: str) -> dict[str, str]:
    """Refer to a shape of the OpenAPI document."""
    return {"$ref": f"#/components/schemas/{name}"}


def result_schemas() -> dict[str, dict[str, Any]]:
    """JSON schemas of a face and of a frame's result, by name, from the table of fields."""
    face = _object("One face; a model may bring numbers of its own, OUTPUT.AXIS.", FACE_FIELDS)
    face["additionalProperties"] = {"type": "number"}
    frame = _object("All faces of one picture or frame; none is an empty list.", FRAME_FIELDS)
    frame["properties"]["faces"] = {"type": "array", "items": reference(FACE)}
    frame["required"].append("faces")
    return {FACE: face, FRAME: frame}


def _object(words: str, fields: Mapping[str, ResultField]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": words,
        "properties": {field.name: field.json_schema() for field in fields.values()},
        "required": [field.name for field in fields.values() if not field.optional],
    }


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ColumnShape(_Shape):
    """One column of a table of results."""

    name: str
    type: Literal["integer", "number", "string"]
    path: list[str | int] = Field(
        description="Keys and indexes that lead to its cell in the JSON of the frame or the face."
    )


class FieldShape(_Shape):
    """One thing that is known of a frame or a face."""

    name: str
    type: str
    unit: str = Field(description='Such as "px" or "s"; empty for none.')
    meaning: str
    minimum: float | None
    maximum: float | None
    decimals: int | None = Field(description="Digits after the point; null writes it as it is.")
    optional: bool = Field(description="It may be missing.")
    columns: list[ColumnShape]


class FieldsShape(_Shape):
    """What results hold, and the columns of their tables."""

    frame: list[FieldShape]
    face: list[FieldShape]


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


class CalibrationShape(_Shape):
    """What is done to the logits of the emotions: first the temperature, then the prior."""

    temperature: float
    prior_power: float
    shares: list[float] = Field(description="Of the classes in the training faces; may be empty.")


class CardShape(_Shape):
    """What the model says of itself, and what runs it."""

    format: int
    name: str
    version: str
    outputs: dict[str, OutputShape]
    input: InputShape
    crop_margin: float
    training_data: str
    calibration: CalibrationShape
    metrics: dict[str, Any]
    audit: dict[str, Any]
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
    """An interval in which a person shows an emotion strongly; see docs/report.md."""

    onset_s: float
    peak_s: float
    end_s: float
    duration_s: float
    person: int = Field(description="The person's number: tracks of one person are joined.")
    track_id: int = Field(description="The face's number at the peak.")
    emotion: str
    strength: float = Field(description="Largest departure, in robust standard deviations at rest.")
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
    """A video that waits, is analyzed, or was."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    progress: float | None = Field(description="0 to 1; null where the length is not known.")
    frames: int = Field(description="Frames analyzed so far.")
    warnings: list[str] = Field(description="What was left out or repaired; sentences.")
    error: str | None = Field(description="What went wrong, where it failed.")
    summary: SummaryShape | None
    files: FilesShape | None  # type: ignore[valid-type]


class HealthShape(_Shape):
    """The server's state."""

    status: Literal["ok"]


class QueueShape(_Shape):
    """How full a queue is."""

    used: int
    most: int


class ReadyShape(HealthShape):
    """What room there is."""

    streams: QueueShape
    pictures: QueueShape
    videos: QueueShape


class JobsShape(_Shape):
    """All videos, the newest first."""

    videos: list[JobShape]


def batch_schema() -> dict[str, Any]:
    """JSON schema of the answer to several pictures."""
    entry = {
        "type": "object",
        "description": "One picture: its `result`, or the `problem` with it.",
        "properties": {
            "name": {"type": "string", "description": "Its file name in the form."},
            "result": reference(FRAME),
            "problem": reference(ProblemShape.__name__),
        },
        "required": ["name"],
    }
    return {
        "type": "object",
        "properties": {"results": {"type": "array", "items": entry}},
        "required": ["results"],
    }
