"""The shapes on the wire, for the OpenAPI document; `FrameResult.to_dict()` makes the first four.

tests/server/test_api.py holds them to what the server really sends.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BoxShape(_Shape):
    """A rectangle in pixels of the picture; it may reach beyond it."""

    x: float
    y: float
    width: float
    height: float


class FaceShape(_Shape):
    """One face."""

    track: int = Field(description="Its number, from 1; kept while a stream follows it.", ge=1)
    box: BoxShape
    emotion: str = Field(description='The likeliest emotion, or "uncertain".')
    confidence: float = Field(ge=0, le=1)
    detection_score: float = Field(ge=0, le=1)
    probabilities: dict[str, float] = Field(description="Label to probability; they sum to 1.")


class FrameShape(_Shape):
    """All faces of one picture or frame; none is an empty list."""

    time_s: float = Field(description="Time in the stream or video in seconds; 0 for a picture.")
    frame: int = Field(description="Number in the stream or video, from 0.", ge=0)
    width: int
    height: int
    faces: list[FaceShape]


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


class CardShape(_Shape):
    """What the model says of itself, and what runs it."""

    name: str
    version: str
    labels: list[str]
    input: InputShape
    crop_margin: float
    training_data: str
    metrics: dict[str, Any]
    license: str
    created: str
    outputs: dict[str, list[str]]
    notes: str
    engine: str = Field(description='What runs it, such as "cpu".')
    colors: dict[str, str] = Field(description="Label to display color, #rrggbb.")


class PersonShape(_Shape):
    """One face over a video."""

    track: int
    first_s: float
    last_s: float
    frames: int
    seconds: dict[str, float] = Field(description="Emotion to the seconds it was shown.")
    shares: dict[str, float] = Field(description="Emotion to its share of the frames.")


class MomentShape(_Shape):
    """A peak of one emotion of one face."""

    time_s: float
    track: int
    emotion: str
    confidence: float


class SummaryShape(_Shape):
    """Who was seen in a video, and what they showed."""

    frames: int
    people: list[PersonShape]
    moments: list[MomentShape]


class FilesShape(_Shape):
    """Where a finished video's results are, below this server."""

    video: str = Field(description="The annotated film, MP4.")
    csv: str = Field(description="One row a face.")
    jsonl: str = Field(description="One line of JSON a frame.")


class JobShape(_Shape):
    """A video that waits, is analysed, or was."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    progress: float | None = Field(description="0 to 1; null where the length is not known.")
    frames: int = Field(description="Frames analysed so far.")
    warnings: list[str] = Field(description="What was left out or repaired; sentences.")
    error: str | None = Field(description="What went wrong, where it failed.")
    summary: SummaryShape | None
    files: FilesShape | None


class HealthShape(_Shape):
    """The server's state."""

    status: Literal["ok"]
