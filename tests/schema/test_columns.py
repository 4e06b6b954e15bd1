"""Results as rows of a table, and back."""

from __future__ import annotations

import pytest

from helpers.results import LABELS, OPTIONAL, OWN, POINTS, SCHEMA, every_value, face, frame
from mimika.base.errors import InputError, ModelError
from mimika.schema.columns import ResultSchema
from mimika.schema.field import Field
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS
from mimika.schema.results import FrameResult

PLAIN = ResultSchema.of(LABELS)
HEADINGS = [
    *("time_s", "frame_index", "frame_width", "frame_height"),
    *("track_id", "x", "y", "width", "height", "emotion", "confidence", "detection_score"),
    *LABELS,
]


def test_headings_are_the_frames_then_the_faces():
    assert [c.name for c in PLAIN.columns] == HEADINGS
    assert [c.name for c in PLAIN.named().columns] == ["name", *HEADINGS]
    assert PLAIN.named().named() == PLAIN.named()
    points = [f"{name}_{axis}" for name in POINTS for axis in "xy"]
    assert [c.name for c in SCHEMA.columns] == [*HEADINGS, *points, *OPTIONAL, "pose.yaw"]
    assert {c.type for c in SCHEMA.columns} == {"integer", "number", "string"}


@pytest.mark.parametrize("schema", [PLAIN, SCHEMA, PLAIN.named()], ids=["plain", "every", "named"])
@pytest.mark.parametrize("empty_frames", [False, True])
def test_rows_and_back(schema, empty_frames):
    full, name = schema is SCHEMA, "a.jpg" if schema.frame[0].name == "name" else None
    results = [frame(i, n, full=full, name=name) for i, n in enumerate((0, 2, 1, 0, 3))]
    rows = [row for r in results for row in schema.rows(r, empty_frames=empty_frames)]
    assert {len(row) for row in rows} == {len(schema.columns)}
    assert len(rows) == 6 + 2 * empty_frames
    expected = [r for r in results if r.faces or empty_frames]
    assert list(schema.results(rows)) == expected


@pytest.mark.parametrize("name", [*OPTIONAL, "landmarks", OWN.name])
def test_a_face_that_lacks_an_optional_field_has_empty_cells(name):
    values = every_value(1)
    del values[name]
    result = FrameResult(0.0, 0, 640, 480, (face(1, **values),))
    (row,) = SCHEMA.rows(result)
    empty = [c.path[0] for c, cell in zip(SCHEMA.columns, row, strict=True) if cell is None]
    assert set(empty) == {name}
    assert list(SCHEMA.results([row])) == [result]


def test_one_of_a_detectors_points_may_be_missing():
    values = every_value(1)
    del values["landmarks"]["nose"]
    result = FrameResult(0.0, 0, 640, 480, (face(1, **values),))
    (row,) = SCHEMA.rows(result)
    assert list(SCHEMA.results([row])) == [result]


def test_results_of_another_models_labels_are_not_written_as_empty_cells():
    with pytest.raises(KeyError):
        list(ResultSchema.of(("calm", "happy")).rows(frame(0)))


def test_a_label_called_like_a_column_is_one_sentence():
    with pytest.raises(ModelError, match="'width'.* adopt") as caught:
        _ = ResultSchema.of(("width", "happy")).columns
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("schema", [PLAIN, SCHEMA, PLAIN.named()], ids=["plain", "every", "named"])
def test_a_schema_is_recognized_by_its_headings(schema):
    names = [c.name for c in schema.columns]
    for order in (names, sorted(names)):
        found = ResultSchema.from_columns(order)
        assert [f.name for f in found.frame] == [f.name for f in schema.frame]
        assert [f.name for f in found.face] == [f.name for f in schema.face]
        assert {k: set(v) for k, v in found.parts.items()} == {
            k: set(v) for k, v in schema.parts.items()
        }


@pytest.mark.parametrize("lacks", [n for n in HEADINGS if n not in LABELS])
def test_a_table_without_a_needed_column_is_refused(lacks):
    with pytest.raises(InputError, match=f"no column {lacks}"):
        ResultSchema.from_columns([n for n in HEADINGS if n != lacks])
    with pytest.raises(InputError, match="no column of an emotion"):
        ResultSchema.from_columns([n for n in HEADINGS if n not in LABELS])


def test_the_table_of_fields_is_in_order():
    columns = [c for table in (FRAME_FIELDS, FACE_FIELDS) for f in table.values()
               for c in f.columns()]  # fmt: skip
    assert len({c.name for c in columns}) == len(columns)
    for fields in (FRAME_FIELDS, FACE_FIELDS):
        for name, field in fields.items():
            assert field.name == name
            assert "." not in name, "that is for a model's own"
            assert field.meaning.endswith((".", ")"))
            described = field.json_schema()
            assert described["description"].startswith(field.meaning)
            assert described["type"] in {"integer", "number", "string", "object"}


def test_limits_and_units_are_in_the_json_schema():
    field = Field(name="a", type="number", meaning="A.", unit="m", minimum=-1, maximum=2)
    assert field.json_schema() == {
        "type": "number", "minimum": -1, "maximum": 2, "description": "A. Unit: m.",
    }  # fmt: skip
    inner = FACE_FIELDS["probabilities"].json_schema()["additionalProperties"]
    assert inner == {"type": "number", "minimum": 0, "maximum": 1}
