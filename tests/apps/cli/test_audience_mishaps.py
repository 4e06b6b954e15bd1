"""`mimika audience` where recordings, disks and people are not as they should be."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess

import numpy as np
import pytest

from helpers.command import MIMIKA, environment, run_with_files_of_at_most
from helpers.rooms import film_sound, heard
from helpers.viewings import OFFSETS, RATE, frames_of, rows, write_film, write_recording
from helpers.waiting import wait_until
from mimika.apps.cli._read_ahead import _timeline, read_ahead
from mimika.apps.cli.main import run
from mimika.base.errors import OutputError
from mimika.base.files import part_of
from mimika.pipeline.settings import Settings

pytest.importorskip("scipy", reason="needs the audience extra")
pytest.importorskip("opentimelineio", reason="needs the audience extra")

from mimika.audience.cache import Cache

WORDS = ("audience", "viewers", "--film", "episode.mp4", "--length", "0", "--shifts", "100")
RECOGNIZED = "frames in"
"""What is said of each film that is recognized."""


def viewers(folder):
    return rows(folder / "audience" / "private" / "viewers.csv")


def kept(folder):
    """The timelines of the recordings that need not be recognized again."""
    return list(folder.glob("audience/private/[!.]*.parquet"))


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(mimika, at):
    for name in ("ben", "cleo"):
        (at / "viewers" / f"{name}.mp4").unlink()
    gray = {"gray": ([np.full((180, 320, 3), 90, np.uint8)], 1)}
    own = heard(film_sound(60, 1), begin_s=2, seconds=40, noise_db=10)
    write_recording(at / "viewers" / "empty.mp4", gray, [("gray", 0)] * 240, own, rate=RATE)
    shutil.copy(at / "viewers" / "anna.mp4", at / "mute.mp4")
    (at / "viewers" / "old.csv").write_text("time_s,track,emotion\n0.0,1,happy\n")
    write_recording(at / "viewers" / "mute.mp4", gray, [("gray", 0)] * 60, None, rate=RATE)
    (at / "viewers" / "broken.mp4").write_bytes(b"no film")
    ended = mimika(*WORDS)
    for says in (
        "Left out: empty.mp4. viewers/empty.mp4 shows no face",
        "Left out: mute.mp4. mute.mp4 cannot be aligned: it has no sound.",
        "Left out: old.csv. old.csv cannot be aligned: a table has no sound.",
        "Left out: broken.mp4. ",
    ):
        assert says in ended.stderr
    found = viewers(at)
    assert [row["name"] for row in found if not row["left_out"]] == ["anna"]
    assert len(found) == 5
    # One viewer is left, who is no audience.
    page = (at / "audience" / "audience.html").read_text(encoding="utf-8")
    assert "One viewer is no audience" in page
    (moment,) = rows(at / "audience" / "moments.csv")
    assert moment["p"] == moment["low"] == ""


def test_a_table_of_another_version_is_left_out_with_its_reason(mimika, at):
    (at / "old.csv").write_text("time_s,track,emotion\n0.0,1,happy\n")
    (at / "table.csv").write_text("viewer,file,offset_s\nA,old.csv,0\nB,viewers/anna.mp4,-3.2\n")
    ended = mimika("audience", "table.csv", *WORDS[2:])
    assert "Left out: old.csv. old.csv has no results as this version" in ended.stderr


def test_a_film_without_sound_takes_offsets_and_clocks(mimika, at):
    write_film(at / "silent.mp4", 60, None, rate=24)
    words = ("--film", "silent.mp4", *WORDS[4:])
    ended = mimika("audience", "viewers", *words, code=3)
    assert "anna.mp4 cannot be aligned: the film has no sound" in ended.stderr
    lines = [f"{name},viewers/{name}.mp4,{offset}" for name, offset in OFFSETS.items()]
    (at / "table.csv").write_text("\n".join(["viewer,file,offset_s", *lines]))
    mimika("audience", "table.csv", *words)
    assert {row["aligned_by"] for row in viewers(at)} == {"table"}
    (moment,) = rows(at / "audience" / "moments.csv")
    assert moment["emotion"] == "happy"
    # Their containers know nothing of when they were recorded: nothing changes.
    clocks = ("--film-started", "2026-11-26T20:15:00+01:00", "-o", "clocks")
    ended = mimika("audience", "viewers", *words, *clocks, code=3)
    assert "anna.mp4 cannot be aligned: the film has no sound" in ended.stderr
    ended = mimika("audience", "viewers", *words, "--film-started", "soon", code=2)
    assert "--film-started is a time such as 2026" in ended.stderr


def test_a_recording_longer_than_the_film_or_beside_it_is_told(mimika, at):
    lines = ["A,viewers/anna.mp4,40", "B,viewers/ben.mp4,900", "C,viewers/cleo.mp4,-100"]
    (at / "table.csv").write_text("\n".join(["viewer,file,offset_s", *lines]))
    ended = mimika("audience", "table.csv", *WORDS[2:])
    assert "anna.mp4 goes on after the film: that is left out." in ended.stderr
    assert "By its offset_s ben.mp4 lies after the film's end (900 to 950 s" in ended.stderr
    assert "By its offset_s cleo.mp4 lies before the film begins (-100 to -50 s" in ended.stderr


def test_two_people_are_two_viewers_unless_one_is_said(mimika, at, media):
    heads = {"two": frames_of(media / "head-pose-face-detection-female-and-male.gif")}
    plan = [("two", 0.5 + min(t / RATE % 8, 8 - t / RATE % 8)) for t in range(40 * RATE)]
    own = heard(film_sound(60, 1), begin_s=5, seconds=40, noise_db=10)
    write_recording(at / "viewers" / "both.mp4", heads, plan, own, rate=RATE, size=(480, 270))
    ended = mimika(*WORDS)
    assert "both.mp4 shows 2 people at once: each is a viewer." in ended.stderr
    names = [row["name"] for row in viewers(at)]
    assert names == ["anna", "ben", "both", "both", "cleo"]
    ended = mimika(*WORDS, "--people", "1", "--overwrite")
    assert "people at once" not in ended.stderr
    assert [row["name"] for row in viewers(at)] == ["anna", "ben", "both", "cleo"]


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX here")
def test_ctrl_c_keeps_what_was_recognized_and_the_next_run_goes_on(mimika, at):
    # So many shifts that it does not end before Ctrl-C.
    words = [*MIMIKA, *WORDS[:-1], "100000"]
    running = subprocess.Popen(words, cwd=at, env=environment(), stderr=subprocess.PIPE, text=True)
    wait_until(lambda: kept(at) or running.poll() is not None)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=120)
    assert running.returncode == 130, told
    assert "Traceback" not in told
    before = len(kept(at))
    assert before >= 1
    assert not (at / "audience" / "audience.html").exists()
    assert not list(at.rglob("*.part*"))
    ended = mimika(*WORDS)
    assert ended.stderr.count(RECOGNIZED) == 3 - before
    assert len(viewers(at)) == 3


def test_a_recording_is_kept_before_it_is_said_to_be_read(at, monkeypatch):
    def interrupt(line):
        assert RECOGNIZED in line
        raise KeyboardInterrupt

    monkeypatch.setattr("mimika.apps.cli.console.notice", interrupt)
    monkeypatch.setattr("mimika.base.processors.processors", lambda: 2)
    films = sorted((at / "viewers").iterdir())[:2]
    cache = Cache(at / "audience" / "private", "")
    with pytest.raises(KeyboardInterrupt):
        read_ahead(films, cache, Settings(), "en")
    assert any(cache.knows(film) for film in films)


@pytest.mark.skipif(os.name == "nt", reason="limits of files are POSIX")
def test_a_missing_package_is_named_before_the_work(tmp_path, monkeypatch, capsys):
    installed = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "scenedetect" else installed(name)
    )
    words = ["audience", str(tmp_path), "--film", str(tmp_path / "none.mp4")]
    assert run(words) == 7
    assert "install --no-deps scenedetect" in capsys.readouterr().err
    assert run([*words, "--no-shots"]) == 3


def test_a_full_disk_is_one_sentence_and_what_was_recognized_stays(mimika, at):
    full = run_with_files_of_at_most(60_000, WORDS, at)
    assert full.returncode == 6, full.stderr
    assert "cannot be written, the disk is full: free some space" in full.stderr
    assert "Traceback" not in full.stderr
    assert not (at / "audience" / "audience.html").exists()
    assert not list(at.rglob("*.part*"))
    ended = mimika(*WORDS, "--overwrite")
    assert RECOGNIZED not in ended.stderr
    assert (at / "audience" / "audience.html").exists()


@pytest.mark.skipif(os.name == "nt", reason="limits of files are POSIX")
def test_a_disk_too_full_for_a_worker_s_results_is_named(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"private cannot be written, the disk is full"):
            _timeline(bytes(5000), tmp_path / "private")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not list((tmp_path / "private").iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")  # noqa: PTH110
def test_a_trailer_that_does_not_fit_leaves_nothing_half(tmp_path):
    from mimika.audience.cuts import Clip
    from mimika.audience.edit import FilmFrames
    from mimika.audience.trailer import write_trailer

    film = write_film(tmp_path / "film.mp4", 10, None)
    target = tmp_path / "trailer.mp4"
    part_of(target).symlink_to("/dev/full")
    clip = Clip(begin_s=1, end_s=9, emotion="sad", effect=3)
    with pytest.raises(OutputError, match=r"trailer\.mp4 cannot be written, the disk is full"):
        write_trailer(target, FilmFrames.of(film), [clip])
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_faces_are_on_the_page_only_when_they_are_asked_for(mimika, at):
    mimika(*WORDS)
    page = at / "audience" / "audience.html"
    assert "Viewer 1" not in page.read_text(encoding="utf-8")
    assert "This page shows no viewer" in page.read_text(encoding="utf-8")
    strip = page.read_text(encoding="utf-8").count("data:image/jpeg")
    ended = mimika(*WORDS, "--thumbnails", "--overwrite")
    assert RECOGNIZED not in ended.stderr
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == strip + 3
    assert all(f'alt="Viewer {number}"' in text for number in (1, 2, 3))
    assert "pass it on only with their consent" in text
    words = re.sub(r"data:image/jpeg;base64,[\w+/=]+", "", text)
    assert not any(name in words for name in OFFSETS)
