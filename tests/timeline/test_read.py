"""What the sinks write can be read back."""

from __future__ import annotations

import csv
import gc
import itertools
import json
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import mimika
from helpers.results import SCHEMA, frame
from mimika.base.errors import InputError
from mimika.sources.frame import Frame, SourceInfo
from mimika.timeline import read
from mimika.timeline.read import read_results

INFO = SourceInfo("film.mp4", "video")
SUFFIXES = ["csv", "jsonl", "parquet"]
PICTURE = Frame(np.zeros((4, 4, 3), np.uint8))


def write(path, results, schema=SCHEMA, info=INFO, **options):
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="needs the tables extra")
    with mimika.open_sink(path, info, schema, **options) as sink:
        for result in results:
            sink.write(PICTURE, result)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("full", [False, True], ids=["needed", "every field"])
def test_what_was_written_comes_back(tmp_path, suffix, full):
    results = [frame(i, faces, full=full) for i, faces in enumerate((1, 0, 3, 2, 0))]
    path = write(tmp_path / f"a.{suffix}", results, empty_frames=True)
    assert list(read_results(path)) == results


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_without_empty_frames_has_only_frames_with_faces(tmp_path, suffix):
    results = [frame(i, faces) for i, faces in enumerate((0, 1, 0, 2))]
    path = write(tmp_path / f"a.{suffix}", results)
    assert list(read_results(str(path))) == [results[1], results[3]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pictures_keep_their_names(tmp_path, suffix):
    results = [frame(i, 2, name=f"a folder/б{i}.jpg") for i in range(3)]
    path = write(tmp_path / f"a.{suffix}", results, info=SourceInfo("a folder", "images"))
    assert list(read_results(path)) == results


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_recognizers_results_come_back_rounded(tmp_path, suffix, demo_clip):
    with mimika.open_source(demo_clip) as clip, mimika.Recognizer() as recognizer:
        results = [recognizer(each) for each in itertools.islice(clip, 0, 60, 6)]
        path = write(tmp_path / f"a.{suffix}", results, recognizer.schema, clip.info)
    assert [r.to_dict() for r in read_results(path)] == [r.to_dict() for r in results]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_long_recording_is_read_in_little_memory(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(read, "ROWS_AT_ONCE", 256)
    path = write(tmp_path / f"a.{suffix}", (frame(i) for i in range(6000)))
    results = read_results(path)
    next(results)
    gc.collect()
    tracemalloc.start()
    count = 1 + sum(1 for _ in results)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6000
    assert peak < 3e6


def test_a_table_in_another_order_with_more_columns(tmp_path):
    results = [frame(i, 2, full=True) for i in range(3)]
    path = write(tmp_path / "a.csv", results)
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    names = list(reversed(rows[0]))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    assert [r.to_dict() for r in read_results(path)] == [
        r.to_dict() | {"faces": [_reordered(f) for f in r.to_dict()["faces"]]} for r in results
    ]


def _reordered(face):
    return face | {"probabilities": dict(reversed(face["probabilities"].items()))}


def line(**changes):
    return json.dumps(frame(0).to_dict() | changes)


HEAD = ",".join(c.name for c in SCHEMA.columns)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "", "no column time_s"),
        ("a.csv", "frame,track,happy\n0,1,1.0\n", "no column time_s, frame_index"),
        ("a.csv", HEAD.replace("track_id", "time_s"), "same name"),
        ("a.csv", HEAD.replace("confidence,", ""), "no column confidence"),
        ("a.csv", f"{HEAD}\n0.0,0,640\n", "line 2 has no integer under 'frame_height'"),
        ("a.csv", f"{HEAD}\n0.0,0.5,640,480\n", "line 2 has no integer under 'frame_index'"),
        ("a.csv", b"\xff\xfe\x00", "utf-8"),
        ("a.csv", "\0" * 40, "no column"),
        ("a.jsonl", "{", "line 1"),
        ("a.jsonl", "[]", "line 1.*faces"),
        ("a.jsonl", f"{line()}\n{line(faces=3)}\n", "line 2.*faces"),
        ("a.jsonl", line(faces=[{}]), "no 'track_id'"),
        ("a.jsonl", line(frame_index="7"), "'7' is no whole number"),
        ("a.jsonl", line(time_s=None), "another type"),
        ("a.jsonl", line(width=1e400), "another type"),
        ("a.jsonl", "[" * 100_000, "recursion"),
        ("a.parquet", "", "Parquet"),
        ("a.parquet", "PAR1 and no more", "Parquet"),
    ],
)
def test_what_is_no_table_of_results_is_one_sentence(tmp_path, name, text, says):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="needs the tables extra")
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=says) as caught:
        list(read_results(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "make it again from the recording." in str(caught.value)


def test_a_further_column_that_is_no_probability_is_not_taken_for_one(tmp_path):
    path = write(tmp_path / "a.csv", [frame(0)])
    head, row = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head},age\n{row},31\n", encoding="utf-8")
    with pytest.raises(InputError, match="sum to 32"):
        list(read_results(path))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@pytest.mark.parametrize(
    ("shown", "says"),
    [
        ((math.nan, 0.0), "probabilities of a face sum to nan"),
        ((math.inf, 0.0), "probabilities of a face sum to inf"),
        ((-0.5, 1.5), "a probability of a face is -0.5"),
    ],
)
def test_numbers_that_are_no_probabilities_are_refused(tmp_path, suffix, shown, says):
    (face,) = frame(0).faces
    shares = dict.fromkeys(face.probabilities, 0.0)
    shares |= dict(zip(shares, shown, strict=False))
    wrong = replace(frame(0), faces=(replace(face, probabilities=shares),))
    path = write(tmp_path / f"a{suffix}", [wrong])
    with pytest.raises(InputError, match=says):
        list(read_results(path))


def test_a_time_that_is_none_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(line(time_s=math.nan))
    with pytest.raises(InputError, match="the time of a frame is nan"):
        list(read_results(path))


def test_a_table_of_another_version_is_named_by_its_version(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="needs the tables extra")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = write(tmp_path / "a.parquet", [frame(0)])
    table = parquet.read_table(path)
    about = {b"mimika": b'{"version": "9.7"}'}
    older = table.rename_columns(["track" if n == "track_id" else n for n in table.column_names])
    parquet.write_table(older.replace_schema_metadata(about), path)
    with pytest.raises(InputError, match="version 9.7 wrote it; it has no column track_id"):
        list(read_results(path))
    parquet.write_table(arrow.table({"a": [1]}), path)
    with pytest.raises(InputError, match="no column time_s"):
        list(read_results(path))


def test_fields_of_a_later_version_are_kept(tmp_path):
    later = frame(0).to_dict() | {"scene": "a"}
    later["faces"][0]["gaze"] = [0.5, 0.25]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(later), encoding="utf-8")
    (result,) = read_results(path)
    assert result.faces[0].values["gaze"] == [0.5, 0.25]
    assert result.to_dict() == later


def test_other_files_are_refused_at_once(tmp_path):
    with pytest.raises(InputError, match=r"\.csv, \.jsonl, \.parquet"):
        read_results("film.mp4")
    with pytest.raises(InputError, match="no file"):
        read_results(tmp_path / "none.csv")
