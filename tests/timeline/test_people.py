"""Tracks become people: by place and time, by no features."""

from __future__ import annotations

import numpy as np

from helpers.recordings import face, frame
from mimika.timeline.people import people
from mimika.timeline.resample import Timeline


def watched(*visits):
    """Each visit: track, from, to (seconds), x."""
    timeline = Timeline()
    for tenth in range(600):
        seen = [face(n, x=x) for n, begin, end, x in visits if begin <= tenth / 10 < end]
        timeline.add(frame(tenth / 10, *seen))
    return timeline


def test_a_viewer_who_turns_away_comes_back_as_the_same():
    (one,) = people(watched((1, 0, 20, 40), (2, 25, 40, 50)))
    assert one.track_ids == (1, 2)
    assert one.seen_s == 35
    assert set(one.track_at[:200]) == {1}
    assert set(one.track_at[200:250]) == {0}
    assert np.isnan(one.probabilities[200:250]).all()
    assert np.isfinite(one.probabilities[one.seen]).all()


def test_who_is_there_at_once_or_elsewhere_is_another():
    found = list(people(watched((1, 0, 60, 10), (2, 0, 20, 70), (3, 30, 60, 75))))
    assert [person.track_ids for person in found] == [(1,), (2, 3)]
    far = list(people(watched((1, 0, 20, 0), (2, 30, 60, 75))))
    assert [person.track_ids for person in far] == [(1,), (2,)]
    assert (far[1].begin, far[1].times_s[0]) == (300, 30.0)


def test_one_person_is_the_one_who_was_there_longest():
    (one,) = people(watched((1, 0, 5, 0), (2, 0, 30, 60), (3, 35, 60, 30)), most=1)
    assert one.number == 1
    assert one.track_ids == (2, 3)


def test_one_person_who_has_another_number_for_a_while_is_whole():
    visits = ((1, 0, 20, 0), (2, 20, 30, 60), (1, 30, 60, 0))
    (one,) = people(watched(*visits), most=1)
    assert one.track_ids == (1, 2)
    assert one.seen_s == 60
    assert set(one.track_at[200:300]) == {2}
    assert set(one.track_at[300:]) == {1}
    # Nobody said how many there are, and the numbers say that these are two.
    assert [p.track_ids for p in people(watched(*visits))] == [(1,), (2,)]
    # Who is seen beside is somebody else.
    (one,) = people(watched((1, 0, 60, 0), (2, 20, 30, 60)), most=1)
    assert one.track_ids == (1,)
