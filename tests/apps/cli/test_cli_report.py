"""`mimika report` as people use it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from helpers.command import environment, run_with_files_of_at_most
from helpers.media import write_video

pytest.importorskip("pyarrow", reason="needs the report extra")
pytest.importorskip("jinja2", reason="needs the report extra")
pytest.importorskip("matplotlib", reason="needs the report extra")


# Ctrl-C in the middle of a film, however fast the machine is.
STOPPED_AT_FRAME_20 = """
import os
import signal

from mimika.__main__ import main
from mimika.timeline.summary import Summary

add = Summary.add


def add_and_stop(summary, result):
    add(summary, result)
    if summary.frames == 20:
        os.kill(os.getpid(), signal.SIGINT)


Summary.add = add_and_stop
main()
"""


def moments(folder):
    with (folder / "moments.csv").open(newline="") as file:
        return [(row["emotion"], float(row["onset_s"])) for row in csv.DictReader(file)]


def test_a_film_its_table_and_its_timeline_give_the_same_report(mimika, demo_clip, tmp_path):
    ended = mimika("report", demo_clip, "-o", "film")
    assert "surprise" in ended.stdout
    told = " ".join(ended.stdout.split())
    assert "100%" in told
    assert "attention: share of the recording in which a face, turned to the camera, was" in told
    assert "report.html" in ended.stderr
    assert "data:image" not in (tmp_path / "film" / "report.html").read_text(encoding="utf-8")
    found = moments(tmp_path / "film")
    assert [emotion for emotion, _ in found] == ["sad", "surprise", "happy"]
    mimika("video", demo_clip, "--no-window", "--csv", "seen.csv")
    mimika("report", "seen.csv", "-o", "table", "--lang", "ru")
    assert moments(tmp_path / "table") == found
    assert "радость" in (tmp_path / "table" / "report.html").read_text(encoding="utf-8")
    mimika("report", "film/timeline.parquet", "-o", "again", "--emotions", "радость,sad")
    assert [emotion for emotion, _ in moments(tmp_path / "again")] == ["sad", "happy"]
    assert not list(tmp_path.rglob("*.part*"))


def test_thumbnails_are_kept_when_they_are_asked_for(mimika, demo_clip, tmp_path):
    mimika("report", demo_clip, "-o", "film", "--thumbnails", "--top", "1", "--quiet")
    text = (tmp_path / "film" / "report.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("none.mp4",), 3, "There is no recording"),
        (("gray.mp4",), 3, "shows no face"),
        (("astronaut.png",), 3, "is a picture"),
        (("broken.csv",), 3, "has no results"),
        (("old.csv",), 3, "has no results as this version"),
        (("{clip}", "--top", "0"), 2, "--top"),
        (("{clip}", "--people", "-1"), 2, "--people"),
        (("{clip}", "--baseline", "9-3"), 2, "--baseline"),
        (("{clip}", "--baseline", "none.mp4"), 3, "There is no recording"),
        (("{clip}", "--baseline", "100-200"), 3, "less than a second"),
        (("{clip}", "--emotions", "joy,boredom"), 2, "boredom"),
        (("{clip}", "-o", "gray.mp4"), 6, "cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(mimika, media, demo_clip, tmp_path, words, code, says):
    write_video(tmp_path / "gray.mp4", np.arange(0, 1, 0.04))
    shutil.copy(media / "astronaut.png", tmp_path)
    (tmp_path / "broken.csv").write_text("no;table\n1;2\n")
    (tmp_path / "old.csv").write_text("time_s,track,emotion\n0.0,1,happy\n")
    ended = mimika("report", "--quiet", *(word.format(clip=demo_clip) for word in words), code=code)
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "report" / "report.html").exists()


@pytest.mark.skipif(os.name == "nt", reason="limits of files are POSIX")
def test_a_full_disk_is_one_sentence_and_leaves_no_page(mimika, demo_clip, tmp_path):
    mimika("video", demo_clip, "--no-window", "--parquet", "seen.parquet", "--quiet")
    full = run_with_files_of_at_most(40_000, ["report", "seen.parquet", "--quiet"], tmp_path)
    assert full.returncode == 6, full.stderr
    assert "cannot be written, the disk is full: free some space" in full.stderr
    assert len(full.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "report" / "report.html").exists()
    assert not list(tmp_path.rglob("*.part*"))


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX here")
def test_ctrl_c_leaves_nothing_but_what_it_goes_on_with(mimika, demo_clip, tmp_path):
    folder = tmp_path / "report"
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED_AT_FRAME_20, "report", str(demo_clip)],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    told = stopped.stderr
    assert stopped.returncode == 130, told
    assert told.strip().endswith("--resume goes on from here.")
    assert "Traceback" not in told
    assert {each.name for each in folder.iterdir()} == {
        "recognized.parquet",
        "recognized.parquet.partial",
    }
