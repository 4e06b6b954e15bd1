"""What is known of a face and of a frame: the one table that the rest is made from.

From it come `to_dict` and `from_dict`, the JSON schema and the server's OpenAPI document, the
columns of CSV and Parquet files, the page's downloads, and docs/results.md. A further field is one
entry here; whatever computes it puts its value into `Face.values` under the field's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from mimika.schema.mesh import BLENDSHAPES
from mimika.schema.values import TYPES, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.schema.values import Cell, CellType, Path, TypeName

OUTPUT_MARK = "."
"""Stands in the names of fields that a model brings, `OUTPUT.AXIS`, and in no other."""

OWN_DECIMALS = 4
"""Digits after the point of what a model brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that is known of a face or a frame.

    Attributes:
        name: in Python and JSON; its column in a table too, unless `column` says otherwise.
        type: see `mimika.schema.values`.
        meaning: a sentence.
        unit: such as "px" or "s"; "" for none.
        minimum: smallest value, None for no limit.
        maximum: largest value, likewise.
        decimals: digits after the point in files and JSON; None writes the value as it is.
        optional: it may be missing.
        column: name of its column where the field's own name means something else in a table.
        parts: names of what its value holds where these are always the same.
        wide: it has too many columns for CSV: of tables Parquet has it.
    """

    name: str
    type: TypeName
    meaning: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    optional: bool = False
    column: str = ""
    parts: tuple[str, ...] = ()
    wide: bool = False

    def columns(self, parts: Sequence[str] = ()) -> tuple[Column, ...]:
        """The field's columns in a table.

        Args:
            parts: what its value holds: the model's labels, a detector's landmarks.
        """
        kind = TYPES[self.type]
        columns = kind.columns(self.column or self.name, parts or self.parts)
        return tuple(
            Column(name, kind.cell, (self.name, *path), self) for name, path in columns.items()
        )

    def json_schema(self) -> dict[str, Any]:
        """The field's JSON Schema, with its meaning and unit as the description."""
        unit = f" Unit: {self.unit}." if self.unit else ""
        schema = TYPES[self.type].json_schema(self.minimum, self.maximum)
        return schema | {"description": f"{self.meaning}{unit}"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: its heading.
        type: of its cells; a cell may be empty.
        path: the way to a cell in the JSON of the frame or face, such as ("box", "x").
        field: what it shows, or a part of that.
    """

    name: str
    type: CellType
    path: Path
    field: Field

    def cell(self, record: Mapping[str, Any]) -> Cell:
        """The cell of a frame or a face.

        Args:
            record: the frame or face as JSON-ready values.

        Raises:
            KeyError: a value lacks a part that it must have, such as a label of the model.
        """
        if (value := record.get(self.field.name)) is None:
            return None
        for key in self.path[1:]:
            if self.field.optional and isinstance(value, dict) and key not in value:
                return None
            value = value[key]
        return value

    def put(self, cell: Cell, record: dict[Any, Any]) -> None:
        """Put a cell into the JSON-ready values of a frame or face; the reverse of `cell`."""
        *way, last = self.path
        for key in way:
            record = record.setdefault(key, {})
        record[last] = cell


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
        name="valence",
        type="number",
        meaning="How pleasant (1) or unpleasant (-1) the expression is, as the model measured it.",
        minimum=-1,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="arousal",
        type="number",
        meaning="How excited (1) or sleepy (-1) the expression is, as the model measured it.",
        minimum=-1,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="derived_valence",
        type="number",
        meaning="How pleasant (1) or unpleasant (-1) the shown emotions are: derived from the "
        "probabilities, not measured.",
        minimum=-1,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="derived_arousal",
        type="number",
        meaning="How excited (1) or sleepy (-1) the shown emotions are: derived from the "
        "probabilities, not measured.",
        minimum=-1,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="head_yaw",
        type="number",
        meaning="Mesh: how far the head is turned to the picture's right (positive) or left; at 0 "
        "it faces the camera.",
        unit="degrees",
        minimum=-180,
        maximum=180,
        decimals=3,
        optional=True,
    ),
    Field(
        name="head_pitch",
        type="number",
        meaning="Mesh: how far the head is turned up (positive) or down.",
        unit="degrees",
        minimum=-90,
        maximum=90,
        decimals=3,
        optional=True,
    ),
    Field(
        name="head_roll",
        type="number",
        meaning="Mesh: how far the head is tilted clockwise in the picture (positive) or the other "
        "way.",
        unit="degrees",
        minimum=-180,
        maximum=180,
        decimals=3,
        optional=True,
    ),
    Field(
        name="gaze_yaw",
        type="number",
        meaning="Mesh: how far the eyes look to the picture's right (positive) or left; at 0 into "
        "the camera, however the head is turned. Missing where both eyes are shut.",
        unit="degrees",
        minimum=-90,
        maximum=90,
        decimals=3,
        optional=True,
    ),
    Field(
        name="gaze_pitch",
        type="number",
        meaning="Mesh: how far the eyes look up (positive) or down; likewise.",
        unit="degrees",
        minimum=-90,
        maximum=90,
        decimals=3,
        optional=True,
    ),
    Field(
        name="eye_closed_left",
        type="number",
        meaning="Mesh: how far the person's left eye is shut.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="eye_closed_right",
        type="number",
        meaning="Mesh: how far the person's right eye is shut.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="mouth_open",
        type="number",
        meaning="Mesh: how far the jaw is open.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="smile_left",
        type="number",
        meaning="Mesh: how far the mouth's corner smiles on the person's left.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="smile_right",
        type="number",
        meaning="Mesh: how far the mouth's corner smiles on the person's right.",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    ),
    Field(
        name="blendshapes",
        type="coefficients",
        meaning="Mesh: the 52 movements of the face by ARKit's names, from 0 (none) to 1 (full).",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
        parts=BLENDSHAPES,
        wide=True,
    ),
)
"""Fields of `Face` by name, in the order of files."""

MESH_FIELDS = (
    "head_yaw",
    "head_pitch",
    "head_roll",
    "gaze_yaw",
    "gaze_pitch",
    "eye_closed_left",
    "eye_closed_right",
    "mouth_open",
    "smile_left",
    "smile_right",
    "blendshapes",
)
"""Fields of a face that the mesh fills."""


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
