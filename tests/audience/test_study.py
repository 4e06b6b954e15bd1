"""Known reactions of real faces are found where they were, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.audiences import audience, recording, stacked, viewer
from helpers.recordings import face, frame
from mimika.audience.significance import shifted
from mimika.audience.study import study
from mimika.timeline.resample import Timeline

SECONDS = 300
EVENTS = ((40, "happy"), (110, "sad"), (200, "happy"), (255, "sad"))


def test_twenty_viewers_of_whom_half_react(faces):
    viewers = audience(faces, viewers=20, seconds=SECONDS, events=EVENTS, random_events=2, seed=1)
    found = study(stacked(viewers, SECONDS), lag_s=1.0)
    sure = [moment for moment in found.moments if moment.p <= 0.05]
    assert [m.emotion for m in sure] == [kind for _, kind in EVENTS]
    for moment, (at_s, _) in zip(sure, EVENTS, strict=True):
        assert moment.onset_s == pytest.approx(at_s, abs=1.0)
        assert 0.3 < moment.share < 0.8
        assert moment.low < moment.effect < moment.high
        assert moment.synchrony > 0.2
    # What a few happened to show at once is told from it.
    assert all(moment.p > 0.5 for moment in found.moments if moment not in sure)
    assert found.tested
    assert set(found.groups) == {"a", "b"}
    ends = found.differences["a", "b"]
    assert (ends.low[::5] <= ends.high[::5]).all()


def test_audiences_that_react_at_random_have_moments_as_rarely_as_p_says():
    rng = np.random.default_rng(0)
    false = 0
    trials = 60
    for trial in range(trials):
        # Reactions of five seconds at random times, at the rate and height of real ones.
        values = np.zeros((12, 3000, 2), np.float32)
        for row in values:
            for emotion in (0, 1):
                for at in rng.integers(0, 2950, 5):
                    row[at : at + 50, emotion] = rng.uniform(4, 10)
        null = shifted(values, 200, seed=trial)
        heights = values[:, ::5].mean(axis=0).max(axis=0)
        false += min(null.p(k, heights[k]) for k in (0, 1)) <= 0.05
    # Binomial: 9 or more of 60 at 5% have a chance of 1 in 500.
    assert false <= 8


def test_few_viewers_get_no_p(faces):
    viewers = audience(faces, viewers=4, seconds=120, events=[(40, "happy")], share=1.0)
    found = study(stacked(viewers, 120), lag_s=1.0)
    assert not found.tested
    assert [moment.p for moment in found.moments] == [None]
    assert found.moments[0].to_dict()["p"] is None


def test_one_viewer_is_no_audience_and_still_has_moments(faces):
    one = viewer(1, recording(faces, seconds=120, events=[(50, "happy")]))
    found = study(stacked([one], 120), lag_s=0.0)
    (moment,) = found.moments
    assert moment.onset_s == pytest.approx(50, abs=0.8)
    assert np.isnan(moment.low)
    assert moment.to_dict()["low"] is None


def test_viewers_who_never_watched_at_once_share_nothing(faces):
    first = viewer(1, recording(faces, seconds=60, events=[(30, "happy")]))
    second = viewer(2, recording(faces, seconds=60, events=[(30, "happy")]), offset_s=60)
    found = study(stacked([first, second], 130), lag_s=0.0)
    assert found.stack.watching.max() == 1
    assert np.isnan(found.synchrony).all()


def test_attentive_viewers_are_counted_on_the_film_s_clock():
    def timeline(mesh):
        found = Timeline()
        for tenth in range(1200):
            values = {"head_yaw": 60.0 * (tenth >= 600), "head_pitch": 0.0, "head_roll": 0.0}
            one = replace(face(), values=values if mesh else {})
            found.add(frame(tenth / 10, one))
        return found

    seen = stacked([viewer(1, timeline(True), offset_s=10), viewer(2, timeline(False))], 150)
    assert seen.attentive is not None
    changes = np.flatnonzero(np.diff(seen.attentive)) / 10
    assert changes.tolist() == pytest.approx([10, 70], abs=0.15)
    assert set(seen.attentive.tolist()) == {0, 1}
    assert seen.watching.max() == 2
    assert stacked([viewer(1, timeline(False))], 150).attentive is None


def test_viewers_split(faces):
    laughing = [
        viewer(i, recording(faces, seconds=120, events=[(50, "happy")], seed=i)) for i in (1, 2, 3)
    ]
    crying = [
        viewer(i, recording(faces, seconds=120, events=[(50, "sad")], seed=i)) for i in (4, 5)
    ]
    (split,) = study(stacked([*laughing, *crying], 120), lag_s=0.0).splits
    assert split.emotions == ("happy", "sad")
    assert split.shares == pytest.approx((0.6, 0.4))
    assert split.onset_s == pytest.approx(50.5, abs=1)


def test_offset_and_drift_bring_viewers_together(faces):
    there = viewer(1, recording(faces, seconds=100, events=[(40, "happy")]), offset_s=20)
    drifting = viewer(2, recording(faces, seconds=100, events=[(60 / 1.01, "happy")]), drift=0.01)
    both = stacked([there, drifting], 110)
    happy = both.emotions.index("happy")
    onsets = [float(np.argmax(row[:, happy] > 4)) / 10 for row in np.nan_to_num(both.departures)]
    assert onsets == pytest.approx([60, 60], abs=0.5)
    assert np.isnan(both.departures[0, :195]).all()


def test_the_lag_is_estimated_where_the_film_s_sound_tells_it():
    from mimika.audience.lag import USUAL_S, estimate_lag

    rng = np.random.default_rng(0)
    loud = np.convolve(rng.normal(size=6000), np.ones(20), mode="same")
    shown = np.roll(loud, 14) + rng.normal(0, 5, 6000)
    found = estimate_lag(loud, shown)
    assert (found.source, found.seconds) == ("data", pytest.approx(1.4, abs=0.2))
    foreign = np.convolve(rng.normal(size=6000), np.ones(20), mode="same")
    assert estimate_lag(loud, foreign).source == "usual"
    assert estimate_lag(None, shown).seconds == USUAL_S
