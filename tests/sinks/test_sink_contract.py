"""What every kind of sink keeps to, run over the whole table."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mimika
from helpers.results import SCHEMA, frame
from mimika.base.errors import MissingExtra, OutputError
from mimika.sinks.sink import Sink
from mimika.sinks.table import SINKS, SinkContext
from mimika.sources.frame import Frame, SourceInfo

INFO = SourceInfo("camera 0", "camera", live=True, width=64, height=48, rate_hz=25)
IMAGE = np.full((48, 64, 3), 60, np.uint8)


def fill(sink, count=5):
    for i in range(count):
        sink.write(Frame(IMAGE, i / 25, i), frame(i, 1 + i % 2))


@pytest.fixture(params=SINKS.values(), ids=SINKS)
def kind(request):
    if request.param.package:
        pytest.importorskip(request.param.package)
    return request.param


@pytest.fixture
def path(kind, tmp_path):
    return tmp_path / f"a file{kind.suffixes[0]}"


@pytest.fixture
def opened(kind, path):
    return lambda where=path: kind.open(where, SinkContext(source=INFO, schema=SCHEMA))


def only(path):
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_entry_says_what_its_sink_is(kind):
    assert SINKS[kind.option] is kind
    assert kind.option.isidentifier()
    assert kind.meaning.startswith("Write ")
    assert kind.meaning.endswith((".", ")."))
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in kind.suffixes)
    assert kind.file_name.endswith(kind.suffixes[0])
    assert re.fullmatch(r"[a-z]+/[a-z.-]+[a-z0-9]+(; charset=utf-8)?", kind.media_type)
    others = [suffix for other in SINKS.values() if other is not kind for suffix in other.suffixes]
    assert not set(kind.suffixes) & set(others)


def test_its_endings_open_it(kind, tmp_path):
    for suffix in kind.suffixes:
        with mimika.open_sink(tmp_path / f"A{suffix.upper()}", INFO, SCHEMA) as sink:
            fill(sink)
    assert len(list(tmp_path.iterdir())) == len(kind.suffixes)


def test_the_file_appears_when_it_is_closed(opened, path):
    with opened() as sink:
        assert isinstance(sink, Sink)
        fill(sink)
        assert not path.exists()
    assert path.stat().st_size > 100
    only(path)
    sink.close()
    with pytest.raises(ValueError, match="is closed"):
        fill(sink)


def test_ctrl_c_keeps_what_was_written(opened, path):
    with pytest.raises(KeyboardInterrupt), opened() as sink:
        fill(sink)
        raise KeyboardInterrupt
    assert path.stat().st_size > 100
    only(path)


def test_an_error_before_anything_was_written_leaves_the_older_file(opened, path):
    path.write_text("older")
    with pytest.raises(ZeroDivisionError), opened():
        raise ZeroDivisionError
    assert path.read_text() == "older"
    only(path)


def test_a_folder_is_made_and_a_folder_is_not_a_file(opened, path, tmp_path):
    path.mkdir()
    with pytest.raises(OutputError, match="folder"):
        opened()
    deep = tmp_path / "a" / "б" / path.name
    with opened(deep) as sink:
        fill(sink)
    only(deep)


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from helpers.results import SCHEMA, frame
from mimika.base.errors import OutputError
from mimika.sinks.table import SINKS, SinkContext
from mimika.sources.frame import Frame, SourceInfo

kind, path = SINKS[sys.argv[1]], Path(sys.argv[2])
source = SourceInfo("camera 0", "camera", live=True, rate_hz=25)
noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)
try:
    with kind.open(path, SinkContext(source=source, schema=SCHEMA)) as sink:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for i in range(30_000):
            sink.write(Frame(np.roll(noise, i, 0), i / 25, i), frame(i, 1 + i % 2, full=True))
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX can")
def test_a_full_disk_leaves_the_older_file_and_one_sentence(kind, path):
    path.write_text("older")
    run = subprocess.run(
        [sys.executable, "-c", FULL, kind.option, str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stdout.strip() == (
        f"{path} cannot be written, the disk is full: free some space."
    ), run.stderr
    assert path.read_text() == "older"
    only(path)


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_a_file_that_cannot_be_opened_is_one_sentence(name, tmp_path, monkeypatch):
    path = tmp_path / f"a.{name}"
    real = Path.open

    def refuse(self, mode="r", *args, **more):
        if mode == "w":
            raise OSError(errno.EMFILE, "Too many open files")
        return real(self, mode, *args, **more)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match="Too many open files"):
        mimika.open_sink(path, INFO, SCHEMA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [k for k in SINKS.values() if k.package], ids=lambda k: k.option)
def test_a_missing_package_is_one_sentence_before_the_work(kind, path, opened, monkeypatch):
    monkeypatch.setitem(sys.modules, kind.package, None)
    with pytest.raises(MissingExtra, match=r"run `.*pip install .*\[tables\]") as caught:
        opened()
    assert "\n" not in str(caught.value)
    assert not path.exists()


@pytest.mark.parametrize("empty_frames", [False, True])
@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_tables_have_frames_without_a_face_where_asked_for(name, empty_frames, tmp_path):
    pandas = pytest.importorskip("pandas")
    if name == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a.{name}"
    with mimika.open_sink(path, INFO, SCHEMA, empty_frames=empty_frames) as sink:
        for i, faces in enumerate((0, 2, 0, 1)):
            sink.write(Frame(IMAGE, i / 25, i), frame(i, faces, full=True))
    table = {"csv": pandas.read_csv, "parquet": pandas.read_parquet}[name](path)
    assert list(table.columns) == [column.name for column in SCHEMA.columns]
    assert list(table["frame_index"]) == ([0, 1, 1, 2, 3] if empty_frames else [1, 1, 3])
    assert table["track_id"].isna().sum() == (2 if empty_frames else 0)
    faces = table.dropna(subset="track_id")
    assert list(faces["happy"]) == [0.375, 0.5, 0.375]
    assert list(faces["nose_y"]) == [4.0, 8.0, 4.0]
    assert list(faces["pose.yaw"]) == [-17.25] * 3


def test_json_lines_have_every_frame(tmp_path):
    path = tmp_path / "a.jsonl"
    with mimika.open_sink(path, INFO, SCHEMA) as sink:
        for i in range(3):
            sink.write(Frame(IMAGE, i / 25, i), frame(i, i % 2))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [len(line["faces"]) for line in lines] == [0, 1, 0]
