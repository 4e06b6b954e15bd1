"""`mimika audience` from recordings with sound to a trailer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.media import write_video
from helpers.rooms import film_sound, heard
from helpers.viewings import LAUGH_AT, OFFSETS, rows, write_recording

pytest.importorskip("scipy", reason="needs the audience extra")
pytest.importorskip("opentimelineio", reason="needs the audience extra")
pytest.importorskip("scenedetect", reason="needs the audience extra")


def test_from_recordings_to_a_trailer_and_on_from_there(mimika, at):
    # A foreign recording is named and left out.
    foreign = heard(film_sound(40, 9), begin_s=0, seconds=30, noise_db=10)
    picture = np.full((240, 320, 3), 90, np.uint8)
    write_recording(
        at / "viewers" / "foreign.mp4",
        {"gray": ([picture], 1)},
        [("gray", 0)] * 180,
        foreign,
        rate=6,
    )
    words = ["audience", "viewers", "--film", "episode.mp4", "-o", "out"]
    ended = mimika(*words, "--trailer", "trailer.mp4", "--no-shots")
    assert "Left out: foreign.mp4" in ended.stderr
    assert "not surely heard" in ended.stderr
    found = rows(at / "out" / "private" / "viewers.csv")
    assert [float(row["offset_s"]) for row in found[:3]] == pytest.approx(
        list(OFFSETS.values()), abs=0.04
    )
    (moment,) = rows(at / "out" / "moments.csv")
    assert (moment["emotion"], moment["p"], moment["viewers"]) == ("happy", "", "3")
    assert float(moment["onset_s"]) == pytest.approx(LAUGH_AT, abs=0.6)
    assert (at / "trailer.mp4").stat().st_size > 1000
    assert "AA/V" in (at / "out" / "cut.edl").read_text()
    page = (at / "out" / "audience.html").read_text(encoding="utf-8")
    for name in OFFSETS:
        assert name not in page
    assert 'src="../episode.mp4"' in page
    # Nothing is recognized twice, and other options cost seconds.
    again = mimika(*words, "--overwrite", "--length", "0", "--lang", "ru")
    assert "в секунду" not in again.stderr
    assert rows(at / "out" / "moments.csv") == [moment]
    # The earlier cut list is of other options.
    assert "Removed out/cut.edl, an earlier run's." in again.stderr
    assert not list((at / "out").glob("cut*"))
    none = mimika(*words, "--overwrite", "--least", "11", "--trailer", "none.mp4")
    assert "No emotion rose over the viewers' rest by 11.0 robust" in none.stdout
    assert "there is no cut list, and none.mp4 is not written." in none.stderr
    index = json.loads((at / "out" / "private" / "index.json").read_text())
    assert len(index["places"]) == 4
    assert not list(at.rglob("*.part*"))


def test_a_table_s_offset_counts_and_disagreement_is_told(mimika, at):
    (at / "viewers.csv").write_text(
        "viewer,file,offset_s,group\nA,viewers/anna.mp4,9.5,x\nB,viewers/ben.mp4,,y\n"
    )
    ended = mimika("audience", "viewers.csv", "--film", "episode.mp4", "--length", "0")
    assert "the table says that it begins at 9.50 s" in ended.stderr
    found = rows(at / "audience" / "private" / "viewers.csv")
    assert [row["aligned_by"] for row in found] == ["table", "sound"]


def test_recordings_are_deleted_when_all_is_written_and_their_timelines_go_on(mimika, at):
    words = ["--film", "episode.mp4", "--length", "0"]
    ended = mimika("audience", "viewers", *words, "--delete-recordings")
    assert "go on with `mimika audience audience/private/viewers.csv`" in ended.stderr
    assert list((at / "viewers").iterdir()) == []
    assert (at / "audience" / "audience.html").exists()
    assert (at / "episode.mp4").exists()
    (before,) = rows(at / "audience" / "moments.csv")
    kept = sorted((at / "audience" / "private").iterdir())
    for _ in range(2):
        mimika("audience", "audience/private/viewers.csv", *words, "--overwrite", "--lag", "1")
        (moment,) = rows(at / "audience" / "moments.csv")
        assert float(moment["onset_s"]) == pytest.approx(float(before["onset_s"]), abs=0.11)
        assert sorted((at / "audience" / "private").iterdir()) == kept


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("none", "--film", "episode.mp4"), 3, "no folder"),
        (("viewers", "--film", "none.mp4"), 3, "There is no"),
        (("viewers", "--film", "viewers.txt"), 3, "viewers.txt"),
        (("empty", "--film", "episode.mp4"), 3, "holds no recording"),
        (("gray", "--film", "episode.mp4"), 3, "No recording can be used"),
        (("viewers", "--film", "silent.mp4"), 3, "No recording can be used"),
        (
            ("viewers", "--film", "episode.mp4", "--length", "0", "--trailer", "t.mp4"),
            2,
            "--trailer",
        ),
        (("viewers", "--film", "episode.mp4", "--shifts", "3"), 2, "--shifts"),
        (("viewers", "--film", "episode.mp4", "--no-spoilers", "1"), 2, "leaves nothing"),
        (("viewers", "--film", "episode.mp4", "--trailer", "episode.mp4"), 6, "episode.mp4"),
    ],
)
def test_bad_input_is_one_sentence(mimika, at, words, code, says):
    (at / "viewers.txt").write_text("no film")
    for name in ("empty", "gray"):
        (at / name).mkdir()
    write_video(at / "gray" / "gray.mp4", np.arange(0, 1, 0.04))
    write_video(at / "silent.mp4", np.arange(0, 2, 0.04))
    ended = mimika("audience", "--quiet", *words, code=code)
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (at / "audience" / "audience.html").exists()


def test_a_batch_is_an_audience_and_nothing_is_recognized_again(mimika, at):
    (at / "viewers" / "broken.mp4").write_bytes(b"no film")
    mimika("batch", at / "viewers", "-o", at / "data", "--workers", "1", code=3)
    words = ("--film", at / "episode.mp4", "--length", "0", "--shifts", "100")
    ended = mimika("audience", at / "data", "-o", at / "found", *words)
    assert "frames in" not in ended.stderr  # What is said of films that are recognized.
    found = {row["name"]: row for row in rows(at / "found" / "private" / "viewers.csv")}
    offsets = {name: float(row["offset_s"]) for name, row in found.items()}
    assert offsets == pytest.approx(OFFSETS, abs=0.05)
    assert {row["aligned_by"] for row in found.values()} == {"sound"}
    # Where the films are gone, nothing is heard, and that is told under their names.
    for film in (at / "viewers").iterdir():
        film.unlink()
    deaf = mimika("audience", at / "data", "-o", at / "deaf", *words, code=3)
    assert "anna.mp4 cannot be aligned" in deaf.stderr
