"""Moments are intervals, every emotion has its share, and the frame rate does not matter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from helpers.recordings import face, frame, recognized, repeated
from mimika.timeline.measure import measure
from mimika.timeline.moments import LEAST_STRENGTH, Moment, choose, intervals
from mimika.timeline.resample import Timeline
from mimika.timeline.summary import Summary


def measured(results):
    timeline = Timeline()
    for result in results:
        timeline.add(result)
    return measure(timeline)


def moment(emotion, peak_s, strength):
    return Moment(
        onset_s=peak_s - 1,
        peak_s=peak_s,
        end_s=peak_s + 1,
        person=1,
        track_id=1,
        emotion=emotion,
        strength=strength,
        probability=0.9,
    )


def test_eleven_minutes_of_34_cries_and_34_laughs_give_both(demo_clip):
    summary = Summary()
    for result in repeated(recognized(demo_clip), 34):
        summary.add(result)
    assert summary.timeline.end / 600 > 11
    shown = Counter(moment.emotion for moment in summary.moments)
    assert sum(shown.values()) == 10
    assert min(shown["sad"], shown["happy"]) >= 3
    every = Counter(m.emotion for m in measure(summary.timeline).moments)
    assert (every["sad"], every["happy"]) == (34, 34)


def test_the_demo_cries_first_and_laughs_from_ten_seconds_on(demo_clip):
    found = measured(recognized(demo_clip)).moments
    assert [m.emotion for m in found] == ["sad", "surprise", "happy"]
    cry, _, laugh = found
    assert cry.onset_s < 1
    assert 6 < cry.end_s < 9
    assert laugh.onset_s == pytest.approx(9.5, abs=0.5)
    assert laugh.end_s == pytest.approx(19.6, abs=0.1)
    assert laugh.duration_s == pytest.approx(laugh.end_s - laugh.onset_s)


@pytest.mark.parametrize("every", [2, 5])
def test_skipped_frames_move_no_moment_by_more_than_two_tenths(demo_clip, every):
    whole = measured(recognized(demo_clip)).moments
    sparse = measured(recognized(demo_clip, every)).moments
    assert [m.emotion for m in whole] == [m.emotion for m in sparse]
    for one, other in zip(whole, sparse, strict=True):
        for name in ("onset_s", "peak_s", "end_s"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=0.21), name


def test_a_face_that_stays_neutral_has_no_moment():
    """A rise from 1% to 30% is six spreads at rest, and the face shows nothing but neutral."""
    times_s = np.arange(0, 60, 0.1)

    def moments(most):
        rises = np.where(abs(times_s - 40) < 2, most, 0.01)
        return measured(
            [frame(t, face(sad=p)) for t, p in zip(times_s, rises, strict=True)]
        ).moments

    assert moments(0.3) == ()
    (shown,) = moments(0.6)
    assert (shown.emotion, shown.peak_s) == ("sad", pytest.approx(40, abs=2.1))


def test_the_peak_of_a_moment_shows_its_emotion(demo_clip, media):
    shown = []
    for clip in (demo_clip, media / "head-pose-face-detection-female-and-male.gif"):
        timeline = Timeline()
        for result in repeated(recognized(clip), 3):
            timeline.add(result)
        found = measure(timeline)
        for each in found.moments:
            person = found.reactions[each.person - 1].person
            row = person.probabilities[round(each.peak_s * 10) - person.begin]
            assert found.labels[int(row.argmax())] == each.emotion
            shown.append(each.emotion)
    assert {"sad", "happy"} <= set(shown)


def test_ends_have_hysteresis_and_one_long_moment_is_not_two():
    signal = np.zeros(200)
    signal[50:150] = LEAST_STRENGTH * 1.5
    signal[90:100] = LEAST_STRENGTH * 0.8  # Below the height, above the end's half.
    assert intervals(signal, LEAST_STRENGTH) == [(50, 50, 149)]
    signal[90:100] = LEAST_STRENGTH * 0.3
    assert intervals(signal, LEAST_STRENGTH) == [(50, 50, 89), (100, 100, 149)]


def test_a_valley_divides_what_never_comes_to_rest():
    signal = np.concatenate(
        [np.linspace(0, 12, 60), np.linspace(12, 5, 30), np.linspace(5, 12, 30)]
    )
    first, second = intervals(np.r_[signal, 0], LEAST_STRENGTH)
    assert first[2] == second[0] == pytest.approx(90, abs=1)
    assert intervals(np.r_[signal, 0], 8.0)[0][::2] == (20, 119)
    # A laugh that falters is one, however strong it is.
    assert [each[::2] for each in intervals(np.r_[signal + 3, 0], LEAST_STRENGTH)] == [(0, 119)]


@pytest.mark.parametrize("low", [0.0, LEAST_STRENGTH, np.nan])
def test_a_breath_divides_no_laugh(low):
    signal = np.zeros(200)
    signal[50:100], signal[100:109], signal[109:150] = 20.0, low, 30.0
    assert intervals(signal, LEAST_STRENGTH) == [(50, 109, 149)]
    signal[109] = low
    assert intervals(signal, LEAST_STRENGTH)[0] != (50, 110, 149)


def test_gaps_and_the_recording_s_ends_end_a_moment():
    signal = np.full(100, 9.0)
    signal[40:60] = np.nan
    assert intervals(signal, LEAST_STRENGTH) == [(0, 0, 39), (60, 60, 99)]
    assert intervals(np.zeros(0), LEAST_STRENGTH) == []
    assert intervals(np.full(9, np.nan), LEAST_STRENGTH) == []


def test_every_emotion_has_its_share():
    laughs = [moment("happy", 10.0 * i, 12 - i / 100) for i in range(50)]
    cries = [moment("sad", 10.0 * i + 5, 5 - i / 100) for i in range(50)]
    fright = [moment("fear", 777.0, 4.1)]
    shown = Counter(m.emotion for m in choose([*laughs, *cries, *fright], 10))
    assert shown == {"happy": 5, "sad": 4, "fear": 1}
    assert choose(laughs, 3) == laughs[:3]
    assert {m.emotion for m in choose([*laughs, *cries], 5, ["sad"])} == {"sad"}
    assert len(choose([*laughs, *cries], None)) == 100
    assert choose([], 10) == []


def test_of_two_emotions_at_one_time_the_stronger_stays():
    def shown(time_s):
        return {"sad": 0.7, "happy": 0.25} if 40 <= time_s < 44 else {}

    found = measured(frame(t / 25, face(**shown(t / 25))) for t in range(2000)).moments
    assert [m.emotion for m in found] == ["sad"]


def test_two_people_have_moments_of_their_own():
    def at(time_s):
        one = face(1, happy=0.95 if 30 <= time_s < 33 else 0.0, x=10)
        other = face(2, sad=0.95 if 30 <= time_s < 33 else 0.0, x=70)
        return frame(time_s, one, other)

    found = measured(at(t / 25) for t in range(1500)).moments
    assert {(m.person, m.track_id, m.emotion) for m in found} == {(1, 1, "happy"), (2, 2, "sad")}
