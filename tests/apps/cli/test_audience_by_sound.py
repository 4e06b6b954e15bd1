"""`mimika audience` of recordings that heard the film in rooms, noise and on clocks of their own.

The sound goes the whole way: into AAC at rates of telephones, out of it, and onto the film's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from helpers.rooms import film_sound, heard
from helpers.viewings import (
    LAUGH,
    RATE,
    clips_of,
    rows,
    write_film,
    write_recording,
)

pytest.importorskip("scipy", reason="needs the audience extra")
pytest.importorskip("opentimelineio", reason="needs the audience extra")

FILM_S, LAUGH_AT, LAG_S = 120, 70.0, 1.0
SILENT = slice(20 * 8000, 40 * 8000)
"""Nothing is heard in the film there."""


@dataclass(frozen=True)
class Recorder:
    """One viewer's recorder: where in the film it begins, how long it runs, and what it hears."""

    begin_s: float
    seconds: float = 100
    noise_db: float | None = 15
    level: float = 0.1
    room: bool = True
    drift: float = 0.0
    sound_hz: int = 8000
    exact_s: float = 0.1


RECORDERS = {
    "clean": Recorder(-3.217, noise_db=None, room=False, exact_s=0.04),
    "quiet": Recorder(1.42, level=0.002, sound_hz=48_000),
    "overdriven": Recorder(4.85, level=1.5, sound_hz=44_100),
    "loud room": Recorder(10.05, noise_db=0),
    "long before": Recorder(-35.5, seconds=150, sound_hz=48_000),
    "late and short": Recorder(58.3, seconds=45),
    "slow clock": Recorder(0.75, seconds=110, drift=3e-4),
    "fast clock": Recorder(2.25, seconds=110, drift=-3e-4, noise_db=6),
}


def write_viewers(folder, media, demo_clip):
    """episode.mp4 and viewers/: the recorders, one of a foreign film, one with headphones."""
    sound = film_sound(FILM_S, 5)
    sound[SILENT] = 0.0
    write_film(folder / "episode.mp4", FILM_S, sound)
    (folder / "viewers").mkdir()
    clips = clips_of(media, demo_clip)
    foreign = film_sound(FILM_S, 6)
    others = {"foreign": Recorder(0.0), "headphones": Recorder(0.0)}
    for number, (name, recorder) in enumerate({**RECORDERS, **others}.items()):
        film = {"foreign": foreign, "headphones": np.zeros_like(sound)}.get(name, sound)
        hears = heard(
            film,
            begin_s=recorder.begin_s,
            seconds=recorder.seconds,
            noise_db=None if name == "headphones" else recorder.noise_db,
            room=recorder.room,
            drift=recorder.drift,
            seed=number,
        )
        if name == "headphones":
            hears = np.random.default_rng(1).normal(size=len(hears)).astype(np.float32)
        write_recording(
            folder / "viewers" / f"{name}.mp4",
            clips,
            plan(recorder, ("one", "two")[number % 2]),
            recorder.level * hears / hears.std(),
            rate=RATE,
            sound_hz=recorder.sound_hz,
        )


def plan(recorder, person):
    """At rest, but for a laugh a second after the film's `LAUGH_AT`."""
    for tick in range(int(recorder.seconds * RATE)):
        at_s = recorder.begin_s + tick / RATE * (1 + recorder.drift)
        since, rest = at_s - LAUGH_AT - LAG_S, tick / RATE % 8.0
        yield ("demo", LAUGH + since) if 0 <= since < 5 else (person, 0.5 + min(rest, 8.0 - rest))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_recorders_are_placed_by_what_they_heard_or_named(mimika, media, demo_clip, tmp_path):
    write_viewers(tmp_path, media, demo_clip)
    words = ("viewers", "--film", "episode.mp4", "--length", "0", "--lag", LAG_S)
    ended = mimika("audience", *words)
    found = {row["name"]: row for row in rows(tmp_path / "audience" / "private" / "viewers.csv")}
    for name in ("foreign", "headphones"):
        assert f"Left out: {name}.mp4" in ended.stderr
        assert "not surely heard" in found.pop(name)["left_out"]
    assert found.keys() == RECORDERS.keys()
    for name, row in found.items():
        recorder = RECORDERS[name]
        assert row["aligned_by"] == "sound"
        offset_s, drift = float(row["offset_s"]), float(row["drift_ppm"]) / 1e6
        length_s = recorder.seconds
        placed = (offset_s, offset_s + length_s * (1 + drift))
        true = (recorder.begin_s, recorder.begin_s + length_s * (1 + recorder.drift))
        assert placed == pytest.approx(true, abs=recorder.exact_s), name
    (moment,) = [m for m in rows(tmp_path / "audience" / "moments.csv") if float(m["p"]) <= 0.05]
    assert moment["emotion"] == "happy"
    assert float(moment["onset_s"]) == pytest.approx(LAUGH_AT, abs=0.7)
    assert (moment["viewers"], float(moment["share"])) == (str(len(RECORDERS)), 1.0)
