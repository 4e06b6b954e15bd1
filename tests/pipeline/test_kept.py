"""A calm face keeps its answer for a while: cheaper, and close to judging every frame."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mimika
from mimika.pipeline.kept import AHEAD, ALERT_S, EVERY_FRAME_S, KEPT_S, KeptAnswers
from mimika.pipeline.recognizer import Recognizer
from mimika.schema.outputs import MAIN_OUTPUT

TOLERANCE = 0.02

CLEAR = {MAIN_OUTPUT: np.array([0.98, 0.02], np.float32)}
UNCLEAR = {MAIN_OUTPUT: np.array([0.5, 0.5], np.float32)}


@pytest.fixture
def crop():
    return np.random.default_rng(0).integers(50, 200, (48, 48, 1)).astype(np.uint8)


def known(crop, values):
    """Answers about a face that has been there for longer than it is judged in every frame."""
    kept = KeptAnswers()
    kept.judged(1, crop, 0.0, values)
    kept.judged(1, crop, EVERY_FRAME_S, values)
    return kept


def test_an_answer_is_kept_for_a_bounded_time(crop):
    kept = known(crop, CLEAR)
    assert kept.staleness(1, crop, EVERY_FRAME_S + KEPT_S / 2) == pytest.approx(0.5)
    assert kept.values(1) is CLEAR
    assert kept.staleness(1, crop, EVERY_FRAME_S + 1.1 * KEPT_S) > 1
    assert kept.staleness(1, crop, EVERY_FRAME_S - 0.05) > 1
    assert kept.staleness(2, crop, EVERY_FRAME_S + 0.03) > 1


def test_a_new_face_is_judged_in_every_frame(crop):
    kept = KeptAnswers()
    kept.judged(1, crop, 0.0, CLEAR)
    assert kept.staleness(1, crop, 0.04) > 1


def test_what_changed_is_judged_sooner_where_the_answer_is_unclear(crop):
    time_s = EVERY_FRAME_S + 0.04
    a_little, much = crop + np.uint8(2), crop + np.uint8(8)
    assert known(crop, CLEAR).staleness(1, a_little, time_s) < AHEAD
    assert known(crop, UNCLEAR).staleness(1, a_little, time_s) > 1
    assert known(crop, UNCLEAR).staleness(1, crop, time_s) < AHEAD
    assert known(crop, CLEAR).staleness(1, much, time_s) > 1


def test_the_same_change_counts_for_more_in_the_dark(crop):
    time_s = EVERY_FRAME_S + 0.04
    dark = crop // 8
    assert known(crop, CLEAR).staleness(1, crop + np.uint8(2), time_s) < AHEAD
    assert known(dark, CLEAR).staleness(1, dark + np.uint8(2), time_s) > 1


def test_what_lies_around_the_face_does_not_count(crop):
    around = crop + np.uint8(30)
    around[14:42, 8:40] = crop[14:42, 8:40]
    assert known(crop, UNCLEAR).staleness(1, around, EVERY_FRAME_S + 0.04) < AHEAD


def test_after_a_surprise_every_frame_is_judged_for_a_while(crop):
    kept = known(crop, CLEAR)
    kept.judged(1, crop, 1.0, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    kept.judged(1, crop, 1.04, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    assert kept.staleness(1, crop, 1.08) > 1
    kept.judged(1, crop, 1.0 + ALERT_S, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    assert kept.staleness(1, crop, 1.04 + ALERT_S) < 1


GIF = "head-pose-face-detection-female-and-male.gif"


@pytest.mark.parametrize(("name", "light"), [("demo", 1.0), (GIF, 1.0), (GIF, 0.4)])
def test_a_clip_is_close_to_judging_every_frame(media, demo_clip, name, light):
    check_close_to_every_frame(demo_clip if name == "demo" else media / name, light)


def test_a_face_that_turns_at_once_is_close_to_judging_every_frame(shared):
    check_close_to_every_frame(shared / "media" / "one_face.mp4")


def check_close_to_every_frame(clip, light=1.0):
    recognizer = Recognizer()
    every = recognizer.fork()
    every._kept.staleness = lambda *_: math.inf
    pairs = []
    for one, other in zip(
        results(recognizer, clip, light), results(every, clip, light), strict=True
    ):
        pairs += zip(one.faces, other.faces, strict=True)
    for a, b in pairs:
        assert list(a.probabilities.values()) == pytest.approx(
            list(b.probabilities.values()), abs=TOLERANCE
        )
    # A label that changes does so within one frame of when it would have.
    for track_id in {a.track_id for a, _ in pairs}:
        kept, full = zip(
            *((a.emotion, b.emotion) for a, b in pairs if a.track_id == track_id), strict=True
        )
        assert all(kept[i] in full[max(0, i - 1) : i + 2] for i in range(len(kept)))


def results(recognizer, clip, light):
    """The first frames, with so much of their light."""
    with mimika.open_source(clip) as source:
        return [
            recognizer((frame.image * light).astype(np.uint8), frame.time_s)
            for _, frame in zip(range(240), source, strict=False)
        ]
