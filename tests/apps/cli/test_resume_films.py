"""An interrupted run says how far it came, and goes on."""

from __future__ import annotations

import csv
import json
from functools import partial

import av
import pytest

from helpers.interrupting import interrupted_run
from mimika.apps.cli import _run
from mimika.apps.cli.main import run

FRAMES = 56


@pytest.fixture
def interrupted(monkeypatch):
    return partial(interrupted_run, monkeypatch, "mimika.apps.cli._play.Summary")


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_it_goes_on_and_ends_as_if_nothing_had_happened(
    tmp_path, monkeypatch, film, interrupted, capsys
):
    monkeypatch.chdir(tmp_path)
    words = ["video", film, "--csv", "a.csv", "--jsonl", "a.jsonl", "--output", "a.mp4"]
    assert interrupted(words, 20) == 130
    told = capsys.readouterr()
    assert "Faces in 20 frames" in told.out, "the summary so far"
    assert told.err.casefold().count("stopped") == 1
    assert "--resume" in told.err
    assert json.loads((tmp_path / "a.csv.partial").read_text())["frames"] == 20
    assert run(words) == 6, "an unfinished file is not overwritten either"
    assert "--overwrite" in capsys.readouterr().err
    assert run([*words, "--resume"]) == 0
    told = capsys.readouterr()
    assert "going on after 20 frames" in told.err
    assert "Faces in 56 frames" in told.out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.jsonl", "a.mp4"]
    whole = [w.replace("a.", "b.", 1) if w.startswith("a.") else w for w in words]
    assert run([*whole, "--quiet"]) == 0
    found, wanted = rows(tmp_path / "a.csv"), rows(tmp_path / "b.csv")
    assert [(r["frame_index"], r["track_id"]) for r in found] == [
        (r["frame_index"], r["track_id"]) for r in wanted
    ]
    assert found[:40] == wanted[:40]
    assert [r["emotion"] for r in found] == [r["emotion"] for r in wanted]
    with av.open("a.mp4") as made:
        assert sum(1 for _ in made.decode(video=0)) == FRAMES
    assert run([*words, "--resume"]) == 0
    assert "finished earlier" in capsys.readouterr().err


def test_interrupted_again_before_the_old_end_nothing_is_lost(
    tmp_path, monkeypatch, film, interrupted
):
    monkeypatch.chdir(tmp_path)
    words = ["video", film, "--csv", "a.csv", "--quiet"]
    assert interrupted(words, 30) == 130
    before = rows(tmp_path / "a.csv")
    assert interrupted([*words, "--resume"], 10) == 130
    assert rows(tmp_path / "a.csv") == before
    assert json.loads((tmp_path / "a.csv.partial").read_text())["frames"] == 30
    assert interrupted([*words, "--resume"], 40) == 130
    assert len(rows(tmp_path / "a.csv")) > len(before)
    assert run([*words, "--resume"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]
    assert len(rows(tmp_path / "a.csv")) == 2 * FRAMES


def test_what_cannot_be_resumed_is_said(tmp_path, monkeypatch, film, media, interrupted, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["video", film, "--resume", "--no-window"]) == 2
    assert "name them as before" in capsys.readouterr().err
    assert interrupted(["video", film, "--output", "a.mp4", "--quiet"], 5) == 130
    assert run(["video", film, "--output", "a.mp4", "--resume"]) == 2
    assert "wrote none" in capsys.readouterr().err
    assert interrupted(["video", film, "--csv", "a.csv", "--quiet"], 5) == 130
    for options in (["--every", "0.5s"], ["--from", "1"], ["--rotate", "0"]):
        assert run(["video", film, "--csv", "a.csv", "--resume", *options]) == 2
        assert "was begun with no options" in capsys.readouterr().err
    other = str(media / "people-detection.gif")
    assert run(["video", other, "--csv", "a.csv", "--resume"]) == 2
    assert "holds a part of" in capsys.readouterr().err


def test_progress_is_told_in_lines_where_there_is_no_terminal(tmp_path, monkeypatch, film, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_run, "LINE_EVERY_S", 0.0)
    assert run(["video", film, "--no-window"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if " of 56 frames" in line]
    assert len(lines) >= FRAMES - 1
    assert "(50%)" in lines[27]


def test_a_window_that_is_closed_early_leaves_a_note_too(tmp_path, monkeypatch, film, capsys):
    def close_after_five(source, recognizer, *, sinks, summary, **_):
        for frame, _ in zip(source, range(5), strict=False):
            result = recognizer(frame)
            summary.add(result)
            for sink in sinks:
                sink.write(frame, result)
        return False

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mimika.apps.cli._play._in_window", lambda *_: True)
    monkeypatch.setattr("mimika.apps.window.show", close_after_five)
    assert run(["video", film, "--csv", "a.csv"]) == 0
    assert json.loads((tmp_path / "a.csv.partial").read_text())["frames"] == 5
    assert run(["video", film, "--csv", "a.csv", "--resume"]) == 0
    assert len(rows(tmp_path / "a.csv")) == 2 * FRAMES
    assert not (tmp_path / "a.csv.partial").exists()
