"""Attention: facing the camera with open eyes; blinks do not count."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import mimika
from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.timeline.attention import BLINK_TENTHS, FACING_PITCH, FACING_YAW, attentive
from mimika.timeline.files import read_timeline, write_timeline
from mimika.timeline.measure import measure
from mimika.timeline.resample import Timeline


def face(yaw=0.0, pitch=0.0, left=0.1, right=0.1, *, mesh=True):
    values = {"head_yaw": yaw, "head_pitch": pitch, "head_roll": 5.0}
    values |= {"eye_closed_left": left, "eye_closed_right": right}
    shares = {"happy": 0.4, "neutral": 0.6}
    return Face(Box(10, 10, 50, 50), 1, shares, "neutral", 0.6, 0.9, values if mesh else {})


def measured(faces):
    """Ten faces a second; None for no face."""
    timeline = Timeline()
    for i, one in enumerate(faces):
        timeline.add(FrameResult(i / 10, i, 640, 480, (one,) if one else ()))
    return measure(timeline)


@pytest.mark.parametrize(
    ("one", "is_attentive"),
    [
        (face(), True),
        (face(yaw=FACING_YAW), True),
        (face(yaw=FACING_YAW + 1), False),
        (face(yaw=-FACING_YAW - 1), False),
        (face(pitch=FACING_PITCH + 1), False),
        (face(pitch=-FACING_PITCH - 1), False),
        (face(left=0.8, right=0.9), False),
        (face(left=0.8), True),  # a wink
    ],
)
def test_thresholds(one, is_attentive):
    assert attentive(one) == is_attentive


def test_without_a_mesh_it_is_not_known():
    assert math.isnan(attentive(face(mesh=False)))


def test_share_of_a_recording():
    found = measured([face()] * 60 + [face(yaw=60)] * 40)
    assert found.attention(found.reactions[0]) == pytest.approx(0.6, abs=0.011)


def test_blinks_do_not_count_and_sleep_does():
    shut = face(left=0.9, right=0.9)
    blinking = measured(([face()] * 20 + [shut] * (BLINK_TENTHS - 1)) * 4 + [face()] * 8)
    assert blinking.attention(blinking.reactions[0]) == 1
    asleep = measured([face()] * 50 + [shut] * 50)
    assert asleep.attention(asleep.reactions[0]) == pytest.approx(0.5, abs=0.011)


def test_a_face_without_mesh_among_others_is_turned_away():
    found = measured([face()] * 50 + [face(mesh=False)] * 50)
    assert found.attention(found.reactions[0]) == pytest.approx(0.5, abs=0.02)


def test_without_meshes_a_face_that_is_seen_counts():
    found = measured([face(mesh=False)] * 50 + [None] * 50)
    (reaction,) = found.reactions
    assert reaction.person.attentive_s is None
    assert found.attention(reaction) == pytest.approx(0.5, abs=0.011)


@pytest.mark.parametrize("mesh", [True, False])
def test_it_is_kept_in_a_timeline_file(tmp_path, mesh):
    pytest.importorskip("pyarrow", reason="needs the report extra")
    found = measured([face(mesh=mesh)] * 50 + [face(yaw=60, mesh=mesh)] * 50)
    write_timeline(tmp_path / "timeline.parquet", found, {})
    again = measure(read_timeline(tmp_path / "timeline.parquet").timeline)
    assert again.attention(again.reactions[0]) == found.attention(found.reactions[0])
    first, second = (each.reactions[0].person.attention for each in (found, again))
    assert np.array_equal(first, second, equal_nan=True)
    first, second = (each.reactions[0].person.pose for each in (found, again))
    assert np.array_equal(first, second, equal_nan=True)
    if mesh:
        assert first[10] == pytest.approx([0, 0, 5])
        assert first[90] == pytest.approx([60, 0, 5])
    else:
        assert np.isnan(first).all()


def test_shut_eyes_of_the_demo_clip_are_no_attention(demo_clip):
    """For most of the first six seconds she cries with shut eyes, and then looks up."""
    timeline = Timeline()
    settings = mimika.Settings(mesh=True, engine="cpu")
    with mimika.open_source(demo_clip) as film, mimika.Recognizer(settings) as recognizer:
        for frame in itertools.islice(film, 240):
            timeline.add(recognizer(frame))
    found = measure(timeline)
    (reaction,) = found.reactions
    assert 0.3 < found.attention(reaction) < 0.7
    crying = reaction.person.times_s < 4
    assert np.nanmean(reaction.person.attention[crying]) < 0.4
    assert np.nanmean(reaction.person.attention[reaction.person.times_s > 7]) > 0.9
