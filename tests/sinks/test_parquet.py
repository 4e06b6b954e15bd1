"""Parquet: types, units, row groups as they come."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from helpers.results import SCHEMA, frame
from mimika.base.version import __version__
from mimika.sinks.csv import CsvSink
from mimika.sinks.parquet import ROWS_IN_GROUP, ParquetSink, parquet_of_csv
from mimika.sources.frame import Frame

arrow = pytest.importorskip("pyarrow", reason="needs the tables extra")
parquet = pytest.importorskip("pyarrow.parquet")

PICTURE = Frame(np.zeros((4, 4, 3), np.uint8))


def test_row_groups_are_written_as_they_come(tmp_path):
    path = tmp_path / "a.parquet"
    frames = ROWS_IN_GROUP // 2 + 1500
    with ParquetSink(path, SCHEMA) as sink:
        (part,) = tmp_path.iterdir()
        begun = part.stat().st_size
        for i in range(frames):
            sink.write(PICTURE, frame(i, 2))
            if i < ROWS_IN_GROUP // 2 - 1:
                assert len(sink._table._rows) == 2 * (i + 1)
        assert part.stat().st_size > begun
        assert len(sink._table._rows) == 3000
    about = parquet.read_metadata(path)
    assert [about.row_group(i).num_rows for i in range(about.num_row_groups)] == [
        ROWS_IN_GROUP,
        3000,
    ]
    table = parquet.read_table(path)
    assert table["frame_index"].to_pylist() == [i for i in range(frames) for _ in range(2)]


def test_columns_have_types_meanings_and_units(tmp_path):
    with ParquetSink(tmp_path / "a.parquet", SCHEMA) as sink:
        sink.write(PICTURE, frame(0, 1, full=True))
    schema = parquet.read_schema(tmp_path / "a.parquet")
    types = {"integer": arrow.int64(), "number": arrow.float64(), "string": arrow.string()}
    for column in SCHEMA.columns:
        field = schema.field(column.name)
        assert field.type == types[column.type]
        assert field.metadata[b"meaning"].decode() == column.field.meaning
        assert field.metadata[b"unit"].decode() == column.field.unit
    about = json.loads(schema.metadata[b"mimika"])
    assert about["version"] == __version__
    assert about["parts"]["probabilities"] == list(SCHEMA.labels)


def test_a_recording_without_a_face_is_an_empty_table(tmp_path):
    with ParquetSink(tmp_path / "a.parquet", SCHEMA) as sink:
        sink.write(PICTURE, frame(0, 0))
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 0
    assert table.column_names == [column.name for column in SCHEMA.columns]


def test_rows_of_csv_become_the_same_table(tmp_path):
    schema = SCHEMA.named()
    sinks = [CsvSink(tmp_path / "a.csv", schema), ParquetSink(tmp_path / "a.parquet", schema)]
    for sink in sinks:
        with sink:
            for i in range(50):
                named = replace(frame(i, i % 3, full=i % 2 == 0), name=f'null "{i}", NaN\nüß')
                sink.write(PICTURE, named)
    parquet_of_csv(tmp_path / "a.csv", tmp_path / "b.parquet", schema)
    one, other = (parquet.read_table(tmp_path / f"{name}.parquet") for name in "ab")
    assert one.num_rows == 49
    assert other.equals(one, check_metadata=True)


def test_no_rows_of_csv_become_an_empty_table(tmp_path):
    with CsvSink(tmp_path / "a.csv", SCHEMA) as sink:
        sink.write(PICTURE, frame(0, 0))
    parquet_of_csv(tmp_path / "a.csv", tmp_path / "a.parquet", SCHEMA)
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 0
    assert table.column_names == [column.name for column in SCHEMA.columns]
