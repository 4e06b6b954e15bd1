"""Files appear whole or not at all, and what killed programs leave is tidied."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from mimika.base.errors import OutputError
from mimika.base.files import check_distinct, check_writable, output_error, part_of, replacing


@pytest.mark.skipif(os.name == "nt", reason="processes are looked up the POSIX way")
def test_parts_of_killed_runs_are_removed_and_those_of_running_ones_stay(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    target = tmp_path / "a [1].csv"
    left = tmp_path / f".a [1].csv.{gone.pid}.part.csv"
    sound = tmp_path / f".a [1].csv.{gone.pid}.part.sound.csv"
    running = tmp_path / f".a [1].csv.{os.getppid()}.part.csv"
    other = tmp_path / f".b.csv.{gone.pid}.part.csv"
    mine = tmp_path / ".a [1].csv.notes"
    for path in (left, sound, running, other, mine):
        path.write_text("part")
    check_writable(target)
    assert set(tmp_path.iterdir()) == {running, other, mine}


def test_a_failed_write_leaves_the_older_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert not part_of(path).exists()


def test_outputs_are_no_inputs_and_no_other_outputs(tmp_path):
    film, link = tmp_path / "film.mp4", tmp_path / "link.csv"
    film.write_text("film")
    link.symlink_to(film)
    check_distinct([tmp_path / "a.csv", tmp_path / "b.csv"], [film, "rtsp://camera/1", "0"])
    for outputs in ([film], [link], [tmp_path / "x" / ".." / "film.mp4"]):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(OutputError, match="is what is read"):
            check_distinct(outputs, [film])
    with pytest.raises(OutputError, match="two results"):
        check_distinct([tmp_path / "a.csv", tmp_path / "a.csv"])


def test_the_loop_writes_neither_over_its_source_nor_twice(tmp_path, media):
    import shutil

    import mimika

    film = tmp_path / "film.gif"
    shutil.copy(media / "people-detection.gif", film)
    before = film.read_bytes()
    with pytest.raises(OutputError, match="is what is read"):
        mimika.process(film, sinks=[film])
    with pytest.raises(OutputError, match="two results"):
        mimika.process(film, sinks=[tmp_path / "a.csv", tmp_path / "a.csv"])
    assert film.read_bytes() == before


def test_a_protected_file_and_a_folder_are_found_before_the_work(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="is a folder"):
        check_writable(tmp_path)
    protected = tmp_path / "protected.csv"
    protected.write_text("mine")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="you may not write there"):
        check_writable(protected)
    assert protected.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [protected]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "you may not write there"),
        (errno.ENAMETOOLONG, "choose another place"),
    ],
)
def test_a_failed_write_says_what_to_do(tmp_path, number, words):
    assert words in str(output_error(tmp_path / "a", OSError(number, os.strerror(number))))


def test_the_check_makes_no_folder(tmp_path):
    check_writable(tmp_path / "new" / "newer" / "a.csv")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="cannot be written"):
        (tmp_path / "file").write_text("")
        check_writable(tmp_path / "file" / "new" / "a.csv")


@pytest.mark.skipif(os.name == "nt", reason="Windows takes the dots away itself")
def test_no_name_leads_through_a_missing_folder_to_an_older_file(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("film")
    with pytest.raises(OutputError, match="through a folder that is not there"):
        check_writable(tmp_path / "x" / ".." / "film.mp4")
    (tmp_path / "there").mkdir()
    check_writable(tmp_path / "there" / ".." / "new" / "other.mp4")
    assert sorted(tmp_path.iterdir()) == [film, tmp_path / "there"]
