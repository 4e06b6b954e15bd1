"""Faces keep their number."""

from __future__ import annotations

import math

import pytest

from mimika.detection import Detections
from mimika.schema.geometry import Box
from mimika.tracking.tracker import HOLD_S, MAX_AGE_S, Tracker


def seen(*boxes, score=0.9):
    return Detections(tuple(Box(*box) for box in boxes), (score,) * len(boxes))


def numbers(tracks):
    return [track.track_id for track in tracks]


def test_a_moving_face_keeps_its_number():
    tracker = Tracker()
    for i in range(100):
        tracks = tracker.update(seen((10 + 6 * i, 50, 80, 100)), i / 25)
        assert numbers(tracks) == [1]


def test_fast_movement_without_overlap_at_a_low_rate():
    tracker = Tracker()
    for i in range(10):
        tracks = tracker.update(seen((10 + 90 * i, 50, 80, 100)), i / 5)
        assert numbers(tracks) == [1]


def test_two_crossing_faces_keep_their_numbers():
    tracker = Tracker()
    for i in range(81):
        left, right = (10 + 8 * i, 50, 80, 100), (650 - 8 * i, 90, 80, 100)
        order = (left, right) if i % 2 else (right, left)
        tracks = tracker.update(seen(*order), i / 25)
    at = {track.track_id: track.filter.box.x for track in tracks}
    first_left = {1: right, 2: left}  # at frame 0 the right one came first
    assert at[1] == pytest.approx(first_left[1][0], abs=30)
    assert at[2] == pytest.approx(first_left[2][0], abs=30)


def test_a_missed_detection_is_bridged_then_the_face_is_gone():
    tracker = Tracker()
    for i in range(10):
        tracker.update(seen((100, 50, 80, 100)), i / 25)
    assert numbers(tracker.update(Detections(), 10 / 25)) == [1]
    assert numbers(tracker.update(Detections(), 9 / 25 + HOLD_S + 0.05)) == []


def test_a_short_occlusion_keeps_the_number_and_a_long_one_does_not():
    tracker = Tracker()
    for i in range(10):
        tracker.update(seen((100, 50, 80, 100)), i / 25)
    back = 9 / 25 + MAX_AGE_S - 0.1
    assert numbers(tracker.update(seen((105, 52, 80, 100)), back)) == [1]
    assert numbers(tracker.update(seen((105, 52, 80, 100)), back + MAX_AGE_S + 0.1)) == [2]


def test_faint_detections_continue_a_face_and_do_not_begin_one():
    tracker = Tracker()
    tracker.update(seen((100, 50, 80, 100)), 0)
    assert numbers(tracker.update(seen((101, 50, 80, 100), score=0.4), 0.04)) == [1]
    other = Tracker()
    for i in range(5):
        assert numbers(other.update(seen((100, 50, 80, 100), score=0.4), i / 25)) == []


def test_a_middling_detection_must_be_seen_twice():
    tracker = Tracker()
    assert numbers(tracker.update(seen((100, 50, 80, 100), score=0.65), 0)) == []
    assert numbers(tracker.update(seen((100, 50, 80, 100), score=0.65), 0.04)) == [1]


def test_numbers_are_never_used_again():
    tracker, used = Tracker(), []
    for i in range(20):
        for number in numbers(tracker.update(seen((100, 50, 80, 100)), i * 10.0)):
            assert number not in used
            used.append(number)
    tracker.reset()
    assert numbers(tracker.update(seen((100, 50, 80, 100)), 0.0)) == [max(used) + 1]


def test_the_frame_rate_does_not_matter():
    ends = []
    for rate in (10, 25, 60):
        tracker = Tracker()
        for i in range(2 * rate):
            box = (100 + 100 * math.sin(i / rate), 50, 80, 100)
            tracks = tracker.update(seen(box), i / rate)
        assert numbers(tracks) == [1]
        ends.append(tracks[0].filter.box.x - box[0])
    assert all(abs(end) < 15 for end in ends)


def test_prediction_follows_the_movement():
    tracker = Tracker()
    for i in range(25):
        tracker.update(seen((100 + 4 * i, 50, 80, 100)), i / 25)
    tracker.predict(26 / 25)
    (track,) = tracker.visible(26 / 25)
    assert track.filter.box.x == pytest.approx(100 + 4 * 26, abs=4)


def test_time_that_goes_back_starts_anew():
    tracker = Tracker()
    tracker.update(seen((100, 50, 80, 100)), 50.0)
    assert numbers(tracker.update(seen((100, 50, 80, 100)), 0.0)) == [2]


def test_a_very_different_size_is_another_face():
    tracker = Tracker()
    tracker.update(seen((100, 50, 80, 100)), 0)
    assert numbers(tracker.update(seen((130, 90, 20, 25)), 0.04))[-1] == 2
