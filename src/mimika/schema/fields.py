"""What is known of a face and of a frame: the one table that the rest is made from.

From it come `to_dict` and `from_dict`, the JSON schema and the server's OpenAPI document, the
columns of CSV and Parquet files, the page's downloads, and docs/results.md. A further field is one
entry here; whatever computes it puts its value into `Face.values` under the field's name.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from mimika.schema.field import Field
from mimika.schema.mesh import MESH_FIELDS
from mimika.schema.values import TYPES, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTPUT_MARK = "."
"""Stands in the names of fields that a model brings, `OUTPUT.AXIS`, and in no other."""

OWN_DECIMALS = 4
"""Digits after the point of what a model brings."""


def _affect(name: str, meaning: str) -> Field:
    return Field(
        name=name,
        type="number",
        meaning=meaning,
        minimum=-1,
        maximum=1,
        decimals=4,
        optional=True,
    )


def _table(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


FRAME_FIELDS: dict[str, Field] = _table(
    Field(
        name="name",
        type="string",
        meaning="What the picture is called where it is one of several: a file's path.",
        optional=True,
    ),
    Field(
        name="time_s",
        type="number",
        meaning="Time in the film or stream; 0 for a picture.",
        unit="s",
        decimals=4,
    ),
    Field(
        name="frame_index",
        type="integer",
        meaning="Number of the frame in its source, from 0.",
        minimum=0,
    ),
    Field(
        name="width",
        type="integer",
        meaning="Width of the frame.",
        unit="px",
        minimum=1,
        column="frame_width",
    ),
    Field(
        name="height",
        type="integer",
        meaning="Height of the frame.",
        unit="px",
        minimum=1,
        column="frame_height",
    ),
)
"""Fields of `FrameResult` by name, in the order of files."""

FACE_FIELDS: dict[str, Field] = _table(
    Field(
        name="track_id",
        type="integer",
        meaning="The person's number, from 1; kept while the face is followed and when it comes "
        "back within a minute, never anybody else's in a run.",
        minimum=1,
    ),
    Field(
        name="box",
        type="box",
        meaning="Where the face is, from the frame's top left corner; it may reach beyond it.",
        unit="px",
        decimals=1,
    ),
    Field(
        name="emotion",
        type="string",
        meaning="The emotion that is shown: the likeliest one, held steady over time, or "
        '"uncertain" where its probability is below the least that was asked for.',
    ),
    Field(
        name="confidence",
        type="number",
        meaning="Probability of the emotion that is held, also where it is too low to be shown.",
        minimum=0,
        maximum=1,
        decimals=4,
    ),
    Field(
        name="detection_score",
        type="number",
        meaning="The detector's score that this is a face.",
        minimum=0,
        maximum=1,
        decimals=4,
    ),
    Field(
        name="probabilities",
        type="probabilities",
        meaning="Label to probability, in the model's order; they sum to 1.",
        minimum=0,
        maximum=1,
        decimals=4,
    ),
    Field(
        name="landmarks",
        type="points",
        meaning="Points of the face by name, where the detector has good ones.",
        unit="px",
        decimals=1,
        optional=True,
    ),
    Field(
        name="face_presence",
        type="number",
        meaning="Probability that the box holds a face, where the model says it.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    _affect(
        "valence",
        "How pleasant (1) or unpleasant (-1) the expression is, as the model measured it.",
    ),
    _affect(
        "arousal",
        "How excited (1) or sleepy (-1) the expression is, as the model measured it.",
    ),
    _affect(
        "derived_valence",
        "How pleasant (1) or unpleasant (-1) the shown emotions are: derived from the "
        "probabilities, not measured.",
    ),
    _affect(
        "derived_arousal",
        "How excited (1) or sleepy (-1) the shown emotions are: derived from the "
        "probabilities, not measured.",
    ),
    *MESH_FIELDS,
)
"""Fields of `Face` by name, in the order of files."""


def to_json(fields: Mapping[str, Field], known: Mapping[str, Any]) -> dict[str, Any]:
    """Values by field name as JSON-ready ones; those of None are left out.

    Args:
        fields: a table of this module.
        known: the values; those without an entry in the table, which a model or another version
            brought, follow at the end.
    """
    written = {
        name: TYPES[field.type].to_json(value, field.decimals)
        for name, field in fields.items()
        if (value := known.get(name)) is not None
    }
    for name, value in known.items():
        if name not in fields:
            written[name] = _plain(value)
    return written


def _plain(value: Any) -> Any:
    """A value without a type in the table: NumPy's scalars become Python's, numbers are rounded."""
    if isinstance(value, Integral):
        return int(value)
    return rounded(float(value), OWN_DECIMALS) if isinstance(value, Real) else value


def from_json(fields: Mapping[str, Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read `to_json` back.

    Raises:
        KeyError: a field that is not optional is missing.
        AttributeError, OverflowError, TypeError, ValueError: a value is of another type.
    """
    known = {
        name: TYPES[field.type].from_json(raw[name])
        for name, field in fields.items()
        if raw.get(name) is not None or not field.optional
    }
    return known | {name: value for name, value in raw.items() if name not in fields}
