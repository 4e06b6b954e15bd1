"""Recordings are found in the film by its sound, or refused; never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.rooms import film_sound, heard
from mimika.audience.alignment import Alignment, FilmSound, align
from mimika.audience.sound import loudness


@pytest.fixture(scope="module")
def film():
    sound = film_sound(400, 1)
    return sound, FilmSound(sound)


def ends(found, seconds):
    """Film times at the recording's first and last instant."""
    return found.film_time(np.array([0.0, seconds]))


def test_clean_sound_within_forty_milliseconds(film):
    sound, whole = film
    found = align(whole, heard(sound, begin_s=37.123, seconds=200, room=False))
    assert ends(found, 200) == pytest.approx([37.123, 237.123], abs=0.04)
    assert found.confidence == 1
    assert found.source == "sound"


@pytest.mark.parametrize("begin_s", [-12.5, 0.0, 150.25])
def test_noise_as_loud_as_the_film_in_a_room_within_a_tenth(film, begin_s):
    sound, whole = film
    found = align(whole, heard(sound, begin_s=begin_s, seconds=240, noise_db=0, seed=3))
    assert ends(found, 240) == pytest.approx([begin_s, begin_s + 240], abs=0.1)


def test_a_recording_that_goes_on_after_the_film(film):
    sound, whole = film
    found = align(whole, heard(sound, begin_s=200, seconds=350, noise_db=10))
    assert found.offset_s == pytest.approx(200, abs=0.04)
    assert 0.5 <= found.confidence < 0.8


def test_drift_of_100_ppm_is_found(film):
    sound, whole = film
    found = align(whole, heard(sound, begin_s=3, seconds=390, noise_db=10, drift=1e-4))
    assert found.drift == pytest.approx(1e-4, abs=3e-5)
    assert ends(found, 390) == pytest.approx([3, 3 + 390 * (1 + 1e-4)], abs=0.04)


@pytest.mark.parametrize("drift", [3e-4, -3e-4])
def test_clocks_that_are_far_off_are_found_in_a_loud_room(film, drift):
    sound, whole = film
    found = align(whole, heard(sound, begin_s=5, seconds=240, noise_db=0, drift=drift, seed=1))
    assert found.drift == pytest.approx(drift, abs=3e-5)
    assert ends(found, 240) == pytest.approx([5, 5 + 240 * (1 + drift)], abs=0.1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_drift_is_corrected_over_an_hour():
    sound = film_sound(3700, 2)
    found = align(
        FilmSound(sound), heard(sound, begin_s=10, seconds=3600, noise_db=6, drift=1e-4, room=False)
    )
    assert ends(found, 3600) == pytest.approx([10, 10 + 3600 * (1 + 1e-4)], abs=0.1)


def test_a_foreign_film_silence_and_a_short_piece_are_refused(film):
    sound, whole = film
    assert align(whole, heard(film_sound(200, 77), begin_s=0, seconds=200, noise_db=20)) is None
    assert align(whole, np.zeros(8000 * 100, np.float32)) is None
    assert align(whole, heard(sound, begin_s=50, seconds=8)) is None


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_foreign_film_of_two_hundred_is_taken_for_the_film():
    whole = FilmSound(film_sound(120, 3))
    taken = [
        align(whole, heard(film_sound(70, 1000 + i), begin_s=0, seconds=60, noise_db=20, seed=i))
        for i in range(200)
    ]
    assert taken == [None] * 200


def test_film_time():
    times_s = Alignment(5.0, 1e-4).film_time(np.array([0.0, 100.0]))
    np.testing.assert_allclose(times_s, [5.0, 105.01])


def test_loudness_is_in_decibels_of_full_scale():
    sound = np.concatenate([np.zeros(8000), np.full(8000, 0.1)]).astype(np.float32)
    np.testing.assert_allclose(loudness(sound, 10), [-80] * 10 + [-20] * 10, atol=1e-3)
