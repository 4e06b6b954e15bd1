"""`mimika audience` from recordings with sound to a trailer."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

from helpers.media import write_video
from helpers.rooms import film_sound, heard
from helpers.viewings import write_film, write_recording
from mimika.sources.open import open_source

pytest.importorskip("scipy", reason="needs the audience extra")
pytest.importorskip("opentimelineio", reason="needs the audience extra")
pytest.importorskip("scenedetect", reason="needs the audience extra")

SECONDS, RATE = 60, 6
LAUGH_AT, LAUGH = 30.0, 10.0
OFFSETS = {"anna": -3.2, "ben": 1.4, "cleo": 4.85}


def frames_of(path, part=slice(None)):
    with open_source(path) as source:
        seen = list(source)
    rate_hz = (len(seen) - 1) / seen[-1].time_s
    return [np.ascontiguousarray(frame.image[:, part]) for frame in seen], rate_hz


@pytest.fixture(scope="module")
def viewing(tmp_path_factory, media, demo_clip):
    """A film of a minute and three viewers, each of whom laughs a second after the film's 30th."""
    folder = tmp_path_factory.mktemp("viewing")
    sound = film_sound(SECONDS, 1)
    write_film(folder / "episode.mp4", SECONDS, sound)
    heads = media / "head-pose-face-detection-female-and-male.gif"
    clips = {
        "one": frames_of(heads, slice(None, 240)),
        "two": frames_of(heads, slice(240, None)),
        "demo": frames_of(demo_clip),
    }
    (folder / "viewers").mkdir()
    for number, (name, offset_s) in enumerate(OFFSETS.items()):
        plan = []
        for tick in range(50 * RATE):
            since = tick / RATE + offset_s - LAUGH_AT - 1
            rest = (tick / RATE) % 8.0
            plan.append(
                ("demo", LAUGH + since)
                if 0 <= since < 5
                else (("one", "two")[number % 2], 0.5 + min(rest, 8.0 - rest))
            )
        write_recording(
            folder / "viewers" / f"{name}.mp4",
            clips,
            plan,
            heard(sound, begin_s=offset_s, seconds=50, noise_db=10, seed=number),
            rate=RATE,
        )
    return folder


@pytest.fixture
def at(viewing, tmp_path):
    shutil.copytree(viewing, tmp_path, dirs_exist_ok=True)
    return tmp_path


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


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
    # Nothing is recognized twice, and changed options cost seconds.
    again = mimika(*words, "--overwrite", "--length", "0", "--lang", "ru")
    assert "в секунду" not in again.stderr
    assert rows(at / "out" / "moments.csv") == [moment]
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


def test_recordings_are_deleted_when_all_is_written(mimika, at):
    words = ["audience", "viewers", "--film", "episode.mp4", "--length", "0", "--quiet"]
    mimika(*words, "--delete-recordings")
    assert list((at / "viewers").iterdir()) == []
    assert (at / "audience" / "audience.html").exists()
    assert (at / "episode.mp4").exists()


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
