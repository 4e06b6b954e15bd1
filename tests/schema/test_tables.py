"""Results as tables of pandas and Arrow."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import mimika
from helpers.results import SCHEMA, frame
from mimika.base.errors import InputError, MissingExtra
from mimika.sources.frame import Frame, SourceInfo

pd = pytest.importorskip("pandas", reason="needs the pandas extra")
pa = pytest.importorskip("pyarrow", reason="needs the tables extra")


def write(path, results, **options):
    with mimika.open_sink(path, SourceInfo("film.mp4", "video"), SCHEMA, **options) as sink:
        for result in results:
            sink.write(Frame(np.zeros((4, 4, 3), np.uint8)), result)
    return path


@pytest.mark.parametrize("full", [False, True], ids=["needed", "every field"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_files_results_and_lists_give_one_table(tmp_path, suffix, full):
    results = [frame(i, faces, full=full) for i, faces in enumerate((1, 0, 3, 2))]
    path = write(tmp_path / f"a.{suffix}", results)
    table = mimika.read_results(path).to_pandas()
    assert len(table) == 6
    assert list(table.frame_index) == [0, 2, 2, 2, 3, 3]
    assert table.frame_index.dtype == "int64"
    assert table.time_s.dtype == "float64"
    ours = mimika.Results(results).to_pandas()
    pd.testing.assert_frame_equal(table[ours.columns], ours)
    arrow = mimika.read_results(path).to_arrow()
    pd.testing.assert_frame_equal(arrow.to_pandas(), table, check_dtype=False)
    assert arrow.schema.field("x").metadata[b"unit"] == b"px"


def test_frames_without_faces_have_rows_where_asked_for():
    results = [frame(0, 0), frame(1, 1), frame(2, 0)]
    table = mimika.Results(results).to_pandas(empty_frames=True)
    assert list(table.frame_index) == [0, 1, 2]
    assert list(table.track_id.isna()) == [True, False, True]
    assert table.frame_index.dtype == "int64"
    assert mimika.Results(results).to_arrow(empty_frames=True)["emotion"].null_count == 2


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_without_faces_has_its_columns(tmp_path, suffix):
    path = write(tmp_path / f"a.{suffix}", [frame(0, 0)])
    table = mimika.read_results(path).to_pandas()
    assert len(table) == 0
    assert list(table.columns) == [column.name for column in SCHEMA.columns]
    assert mimika.Results([]).to_arrow().num_rows == 0


def test_pictures_have_names(media):
    table = mimika.analyze_many([media / "two_people.jpg", media / "coffee.png"]).to_pandas()
    assert [name.rsplit("/")[-1] for name in table.name] == ["two_people.jpg"] * 2
    assert table.happy.between(0, 1).all()


def test_one_result_is_a_table(media):
    (result,) = mimika.analyze_many([media / "two_people.jpg"])
    assert len(result.to_pandas()) == result.to_arrow().num_rows == 2


def test_a_broken_file_is_a_sentence(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no results"):
        mimika.read_results(tmp_path / "a.csv").to_pandas()


@pytest.mark.parametrize(
    ("package", "method", "extra"),
    [("pandas", "to_pandas", "pandas"), ("pyarrow", "to_arrow", "tables")],
)
def test_what_is_missing_is_named(monkeypatch, package, method, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"\[{extra}\]"):
        getattr(mimika.Results([frame(0, 1)]), method)()


def test_results_import_no_table_library():
    code = (
        "import sys, mimika; mimika.Results([]); list(mimika.analyze_many([])); "
        "print({'pandas', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
