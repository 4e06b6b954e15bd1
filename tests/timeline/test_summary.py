"""Who showed what, for how long, and the strongest moments."""

from __future__ import annotations

import pytest

from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.timeline.summary import Summary

LABELS = ("happy", "neutral", "sad", "surprise")


def shares(emotion, share):
    rest = (1 - share) / (len(LABELS) - 1)
    return {label: share if label == emotion else rest for label in LABELS}


def seen(time_s, *shown):
    faces = tuple(
        Face(Box(0, 0, 9, 9), number, shares(emotion, share), emotion, share, 0.9)
        for number, emotion, share in shown
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


def test_moments_are_found_anew_when_frames_came():
    summary = Summary()
    for i in range(1000):
        summary.add(seen(i / 25, (1, "neutral", 0.99)))
    assert summary.moments == []
    for i in range(1000, 1200):
        summary.add(seen(i / 25, (1, "surprise", 0.9)))
    (moment,) = summary.moments
    assert (moment.track_id, moment.emotion) == (1, "surprise")
    assert moment.onset_s == pytest.approx(40, abs=0.3)
    assert summary.to_dict()["moments"] == [moment.to_dict()]


def test_gaps_are_not_counted_as_time_seen():
    summary = Summary()
    for time_s in (0.0, 0.04, 100.0):
        summary.add(seen(time_s, (1, "happy", 0.9)))
    assert summary.people[1].seconds["happy"] == pytest.approx(0.04)
