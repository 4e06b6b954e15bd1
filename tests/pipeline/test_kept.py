"""A calm face keeps its answer for a while: cheaper, and close to judging every frame."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mimika
from mimika.pipeline.kept import AHEAD, ALERT_S, EVERY_FRAME_S, KEPT_S, KeptAnswers
from mimika.pipeline.recognizer import Recognizer
from mimika.schema.geometry import Box
from mimika.schema.outputs import MAIN_OUTPUT

TOLERANCE = 0.02

BOX = Box(20, 20, 64, 64)
CLEAR = {MAIN_OUTPUT: np.array([0.98, 0.02], np.float32)}
UNCLEAR = {MAIN_OUTPUT: np.array([0.5, 0.5], np.float32)}


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(50, 200, (100, 100, 3)).astype(np.uint8)


def known(image, values):
    """Answers about a face that has been there for longer than it is judged in every frame."""
    kept = KeptAnswers()
    kept.judged(1, image, BOX, 0.0, values)
    kept.judged(1, image, BOX, EVERY_FRAME_S, values)
    return kept


def test_an_answer_is_kept_for_a_bounded_time(image):
    kept = known(image, CLEAR)
    assert kept.staleness(1, image, BOX, EVERY_FRAME_S + KEPT_S / 2) == pytest.approx(0.5)
    assert kept.values(1) is CLEAR
    assert kept.staleness(1, image, BOX, EVERY_FRAME_S + 1.1 * KEPT_S) > 1
    assert kept.staleness(1, image, BOX, EVERY_FRAME_S - 0.05) > 1
    assert kept.staleness(2, image, BOX, EVERY_FRAME_S + 0.03) > 1


def test_a_new_face_is_judged_in_every_frame(image):
    kept = KeptAnswers()
    kept.judged(1, image, BOX, 0.0, CLEAR)
    assert kept.staleness(1, image, BOX, 0.04) > 1


def test_what_changed_is_judged_sooner_where_the_answer_is_unclear(image):
    time_s = EVERY_FRAME_S + 0.04
    a_little = image + np.uint8(3)
    much = image + np.uint8(31)
    assert known(image, CLEAR).staleness(1, a_little, BOX, time_s) < AHEAD
    assert known(image, UNCLEAR).staleness(1, a_little, BOX, time_s) > 1
    assert known(image, UNCLEAR).staleness(1, image, BOX, time_s) < AHEAD
    assert known(image, CLEAR).staleness(1, much, BOX, time_s) > 1


def test_another_box_or_another_size_of_frame_is_judged(image):
    time_s = EVERY_FRAME_S + 0.04
    assert known(image, CLEAR).staleness(1, image, Box(28, 20, 64, 64), time_s) > 1
    assert known(image, CLEAR).staleness(1, image[:50], BOX, time_s) > 1


def test_a_head_that_moves_shows_the_same(image):
    time_s = EVERY_FRAME_S + 0.04
    moved = np.roll(image, 3, axis=1)
    assert known(image, CLEAR).staleness(1, moved, Box(23, 20, 64, 64), time_s) < AHEAD
    assert known(image, CLEAR).staleness(1, moved, BOX, time_s) > 1


def test_after_a_surprise_every_frame_is_judged_for_a_while(image):
    kept = known(image, CLEAR)
    kept.judged(1, image, BOX, 1.0, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    kept.judged(1, image, BOX, 1.04, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    assert kept.staleness(1, image, BOX, 1.08) > 1
    kept.judged(1, image, BOX, 1.0 + ALERT_S, {MAIN_OUTPUT: np.array([0.7, 0.3], np.float32)})
    assert kept.staleness(1, image, BOX, 1.04 + ALERT_S) < 1


@pytest.mark.parametrize("name", ["demo", "head-pose-face-detection-female-and-male.gif"])
def test_a_clip_is_close_to_judging_every_frame(media, demo_clip, name):
    clip = demo_clip if name == "demo" else media / name
    recognizer = Recognizer()
    every = recognizer.fork()
    every._kept.staleness = lambda *_: math.inf
    pairs = []
    for one, other in zip(results(recognizer, clip), results(every, clip), strict=True):
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


def results(recognizer, clip):
    with mimika.open_source(clip) as source:
        return [recognizer(frame) for _, frame in zip(range(240), source, strict=False)]
