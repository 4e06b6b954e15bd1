"""Where a recording lies: by the table, else by its clock, else by its sound."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from helpers.rooms import film_sound, heard
from helpers.viewings import write_film
from mimika.audience.cache import Cache
from mimika.audience.clock import read_time, recorded_at
from mimika.audience.collect import Film
from mimika.audience.place import place
from mimika.audience.viewers import Recording, find_recordings
from mimika.base.errors import InputError

SECONDS = 60
SHOWN = datetime(2026, 11, 26, 19, 15, tzinfo=timezone.utc)
BEGIN_S = 12.0
RATE = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A film, and recordings of its 12th second on: with sound, clocks, both, neither."""
    folder = tmp_path_factory.mktemp("place")
    sound = film_sound(SECONDS, 1)
    own = heard(sound, begin_s=BEGIN_S, seconds=40, noise_db=10)
    write_film(folder / "film.mp4", SECONDS, sound)
    write_film(folder / "mute film.mp4", SECONDS, None)
    near, far = ((SHOWN + timedelta(seconds=BEGIN_S + late)).isoformat() for late in (0.6, 40))
    write_film(folder / "sound.mp4", 40, own, rate=RATE)
    write_film(folder / "clock.mp4", 40, None, rate=RATE, began=near)
    write_film(folder / "both.mp4", 40, own, rate=RATE, began=near)
    write_film(folder / "ended.mp4", 40, own, rate=RATE, began=far)
    write_film(folder / "neither.mp4", 40, None, rate=RATE, began="1904-01-01T00:00:00Z")
    return folder


@pytest.fixture
def placed(folder, tmp_path):
    """Place a recording; give its offset, by what it was placed, and what was said."""

    def run(name, film="film.mp4", **known):
        notes = []
        file = folder / name
        recording = Recording(name=name, file=file, **known)
        cache = Cache(tmp_path, "")
        found = place(recording, Film(folder / film), cache, notes, heard=file)
        return found.offset_s, found.source, notes

    return run


def test_the_table_counts_before_the_clock_and_the_clock_before_the_sound(placed):
    offset_s, source, notes = placed("both.mp4", offset_s=3.0, film_started=SHOWN)
    assert (offset_s, source) == (3.0, "table")
    assert "the table says that it begins at 3.00 s" in notes[0]
    offset_s, source, notes = placed("clock.mp4", film_started=SHOWN)
    assert (offset_s, source, notes) == (BEGIN_S, "start", [])  # In whole seconds.
    offset_s, source, notes = placed("ended.mp4", film_started=SHOWN)
    assert (offset_s, source) == (BEGIN_S + 40, "start")
    assert "its clock says that it begins at 52 s of the film, and its sound says 12.0" in notes[0]
    offset_s, source, notes = placed("sound.mp4", film_started=SHOWN)
    assert (offset_s, source, notes) == (pytest.approx(BEGIN_S, abs=0.04), "sound", [])


def test_within_a_second_the_sound_tells_the_clock_s_fraction(placed):
    offset_s, source, notes = placed("both.mp4", film_started=SHOWN)
    assert (offset_s, source, notes) == (pytest.approx(BEGIN_S, abs=0.04), "sound", [])


def test_without_the_film_s_beginning_a_clock_tells_nothing(placed):
    with pytest.raises(InputError, match=r"clock.mp4 cannot be aligned: it has no sound\."):
        placed("clock.mp4")
    with pytest.raises(InputError, match="it has no sound"):
        placed("neither.mp4", film_started=SHOWN)
    with pytest.raises(InputError, match="the film has no sound"):
        placed("sound.mp4", film="mute film.mp4")
    assert placed("sound.mp4", film="mute film.mp4", offset_s=2.0)[:2] == (2.0, "table")


def test_times_are_read_as_people_and_telephones_write_them(folder):
    assert read_time("2026-11-26T20:15:00+01:00") == SHOWN
    assert read_time("2026-11-26 19:15Z") == SHOWN
    assert read_time("2026-11-26T20:15:00.500+0100") == SHOWN + timedelta(seconds=0.5)
    assert read_time("2026-11-26T19:15:00") == datetime(2026, 11, 26, 19, 15).astimezone()
    assert read_time("2026-11-26") is read_time("20:15") is read_time("soon") is None
    assert recorded_at(folder / "clock.mp4") == SHOWN + timedelta(seconds=BEGIN_S)
    assert recorded_at(folder / "neither.mp4") is None
    assert recorded_at(folder / "sound.mp4") is None


def test_a_table_has_a_beginning_for_each_viewer(folder, tmp_path):
    table = tmp_path / "viewers.csv"
    (folder / "second.mp4").write_bytes((folder / "both.mp4").read_bytes())
    rows = [f"A,{folder}/both.mp4,2026-11-26T20:15:00+01:00", f"B,{folder}/second.mp4,"]
    table.write_text("\n".join(["viewer,file,film_started", *rows]))
    assert [each.film_started for each in find_recordings(table, {".mp4"})] == [SHOWN, None]
    table.write_text(f"viewer,file,film_started\nA,{folder}/both.mp4,yesterday\n")
    with pytest.raises(InputError, match=r"line 2: film_started is a time such as 2026.*yesterday"):
        find_recordings(table, {".mp4"})
