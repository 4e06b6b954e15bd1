"""Ten values a second by time, whatever the frame rate; gaps stay gaps."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.recordings import LABELS, face, frame
from mimika.timeline.resample import EXTRA, LONGEST_S, Timeline


def table(times_s, happy, **options):
    timeline = Timeline()
    for time_s, share in zip(times_s, happy, strict=True):
        timeline.add(frame(time_s, face(happy=share, **options)))
    begin, values = timeline.table(timeline.seen())
    return timeline, begin, values


@pytest.mark.parametrize("rate_hz", [4, 10, 23.976, 25, 60])
def test_values_lie_on_the_line_between_frames_at_any_rate(rate_hz):
    times_s = np.arange(0.013, 3.0, 1 / rate_hz)
    _, begin, values = table(times_s, times_s / 3)
    tenths_s = (begin + np.arange(len(values))) / 10
    assert begin == 1
    assert tenths_s[-1] == pytest.approx(times_s[-1], abs=0.1)
    np.testing.assert_allclose(values[:, 0], tenths_s / 3, atol=1e-5)
    np.testing.assert_allclose(values[:, :3].sum(1), 1, atol=1e-5)


def test_a_short_pause_is_bridged_and_a_long_one_stays_a_gap():
    _, begin, values = table([0.0, 0.1, 1.0, 1.1, 3.0, 3.1], [0.0, 0.0, 0.9, 0.9, 0.5, 0.5])
    assert begin == 0
    known = np.isfinite(values[:, 0])
    np.testing.assert_array_equal(np.flatnonzero(known), [*range(12), 30, 31])
    assert values[5, 0] == pytest.approx(0.4, abs=1e-5)


def test_place_and_affect_are_kept_beside_the_probabilities():
    _, _, values = table([0.0, 0.1], [0.0, 1.0], x=30, y=10, side=20)
    np.testing.assert_allclose(values[0, -3:], [0.4, 0.2, 0.2], atol=1e-6)
    # No model measured affect here, the derived one is not in these faces, and no mesh was read.
    assert np.isnan(values[:, 3:6]).all()


def test_a_time_that_goes_back_is_left_out():
    _, _, values = table([0.0, 0.1, 0.05, 0.1, 0.2], [0.1, 0.1, 0.9, 0.9, 0.1])
    np.testing.assert_allclose(values[:, 0], 0.1, atol=1e-6)


def test_two_faces_at_once_are_two_tracks():
    timeline = Timeline()
    for time_s in np.arange(0, 1, 0.04):
        timeline.add(frame(float(time_s), face(1, happy=0.2), face(2, sad=0.3, x=80)))
    first, second = timeline.seen()
    assert (first.track_id, second.track_id) == (1, 2)
    assert timeline.table([second])[1][3, 2] == pytest.approx(0.3)


def test_a_camera_that_runs_for_weeks_forgets_and_stays_small():
    timeline = Timeline()
    hours = 14
    for turn in range(hours * 3600):
        timeline.add(frame(float(turn), face(1 + turn // 1000, happy=0.5)))
    assert len(timeline.tracks) < LONGEST_S / 1000 * 1.2
    kept = sum(len(span.values) for track in timeline.tracks.values() for span in track.spans)
    assert kept <= (len(LABELS) + len(EXTRA)) * (LONGEST_S + LONGEST_S / 12 + 1000) * 10
    begin, values = timeline.table(timeline.seen())
    assert begin >= (hours * 3600 - 1 - LONGEST_S) * 10
    assert np.isfinite(values[:, 0]).mean() > 0.99


def test_an_empty_run():
    timeline = Timeline()
    assert (timeline.begin, timeline.end, timeline.seen()) == (0, 0, [])
    timeline.add(frame(7.0))
    assert (timeline.begin, timeline.end) == (70, 71)
