"""Who showed what, and the strongest moments, in memory that does not grow."""

from __future__ import annotations

import pytest

from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.timeline.summary import MOMENTS_KEPT, Summary


def seen(time_s, *shown):
    faces = tuple(
        Face(Box(0, 0, 9, 9), number, {emotion: sure}, emotion, sure, 0.9)
        for number, emotion, sure in shown
    )
    return FrameResult(time_s, round(time_s * 25), 100, 100, faces)


def test_shares_and_times():
    summary = Summary()
    for i in range(100):
        summary.add(seen(i / 25, (1, "sad" if i < 75 else "happy", 0.6)))
    person = summary.people[1]
    assert person.shares() == {"sad": 0.75, "happy": 0.25}
    assert (person.first_s, person.last_s, person.frames) == (0.0, 3.96, 100)
    assert person.seconds["sad"] == pytest.approx(3.0, abs=0.05)


def test_moments_are_the_peaks_and_not_their_neighbours():
    summary = Summary()
    for i in range(250):
        near = max(0.0, 1 - abs(i - 120) / 30)
        summary.add(seen(i / 25, (1, "surprise", 0.3 + 0.65 * near), (2, "neutral", 0.99)))
    (moment,) = summary.moments
    assert (moment.track_id, moment.emotion) == (1, "surprise")
    assert moment.time_s == pytest.approx(120 / 25, abs=0.05)


def test_a_long_run_stays_small():
    summary = Summary()
    for i in range(20_000):
        summary.add(seen(i * 0.5, (1, "happy", 0.5 + (i % 97) / 200)))
    assert len(summary.moments) == MOMENTS_KEPT
    assert summary.moments == sorted(summary.moments, key=lambda m: m.time_s)


def test_gaps_are_not_counted_as_time_seen():
    summary = Summary()
    for time_s in (0.0, 0.04, 100.0):
        summary.add(seen(time_s, (1, "happy", 0.9)))
    assert summary.people[1].seconds["happy"] == pytest.approx(0.04)
