"""Reactions are measured against the person's own face at rest."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.recordings import LABELS, face, frame, recognized, repeated
from mimika.base.errors import InputError
from mimika.timeline.baseline import LEAST_SPREAD, calmest, expressed, log_odds
from mimika.timeline.measure import Rest, measure
from mimika.timeline.people import people
from mimika.timeline.resample import Timeline


def run(seconds, shown):
    """A face at 25 frames a second; `shown` gives its probabilities at a time."""
    timeline = Timeline()
    for time_s in np.arange(0, seconds, 0.04):
        timeline.add(frame(float(time_s), face(**shown(time_s))))
    return timeline


def jitter(time_s):
    return 0.05 * np.sin(7 * time_s) * np.cos(1.3 * time_s)


def resting_sad(time_s):
    """Half sad at rest; cries at 60 s for 5 s, laughs at 90 s for 5 s."""
    if 60 <= time_s < 65:
        return {"sad": 0.95}
    if 90 <= time_s < 95:
        return {"happy": 0.9, "sad": 0.05}
    return {"sad": 0.45 + jitter(time_s)}


def test_a_face_that_looks_sad_at_rest_is_not_moved_until_it_is():
    measured = measure(run(120, resting_sad))
    (reaction,) = measured.reactions
    assert reaction.baseline.origin == "calm"
    sad = reaction.emotions.index("sad")
    assert reaction.baseline.center[sad] == pytest.approx(log_odds(np.array(0.45)), abs=0.05)
    assert [m.emotion for m in measured.moments] == ["sad", "happy"]
    cry, laugh = measured.moments
    assert cry.onset_s == pytest.approx(60, abs=0.3)
    assert cry.end_s == pytest.approx(65, abs=0.3)
    assert laugh.onset_s == pytest.approx(90, abs=0.3)
    at_rest = reaction.total[:590]
    assert np.median(at_rest) < 1
    assert at_rest.max() < 3


def test_real_faces_at_rest_are_calm_though_one_of_them_looks_half_sad(media):
    results = recognized(media / "head-pose-face-detection-female-and-male.gif")
    timeline = Timeline()
    for result in repeated(results, 12):
        timeline.add(result)
    measured = measure(timeline)
    assert [r.baseline.origin for r in measured.reactions] == ["calm", "calm"]
    assert measured.moments == ()
    # It is a good part sad all the time.
    sad = measured.reactions[1].person.probabilities[:, timeline.labels.index("sad")]
    assert np.nanmedian(sad) > 0.2


def test_without_a_calm_stretch_a_face_is_assumed_that_shows_nothing(demo_clip):
    timeline = Timeline()
    for result in recognized(demo_clip):
        timeline.add(result)
    (person,) = people(timeline)
    baseline = calmest(person, timeline.labels)
    assert baseline.origin == "standard"
    assert set(baseline.spread) == {LEAST_SPREAD}
    grin = run(60, lambda time_s: {"happy": 0.95 + jitter(time_s) / 5})
    assert calmest(next(people(grin)), LABELS).origin == "standard"


def test_a_stretch_or_a_clip_may_be_named():
    timeline = run(120, resting_sad)
    named = measure(timeline, rest=Rest(60.5, 64.5)).reactions[0]
    assert named.baseline.origin == "given"
    sad = named.emotions.index("sad")
    assert named.baseline.center[sad] == pytest.approx(log_odds(np.array(0.95)), abs=0.05)
    clip = run(10, lambda time_s: {"sad": 0.3})
    other = measure(timeline, rest=Rest(clip=clip)).reactions[0]
    assert other.baseline.origin == "clip"
    assert other.baseline.center[sad] == pytest.approx(log_odds(np.array(0.3)), abs=0.05)


def test_a_baseline_without_a_face_is_refused():
    timeline = run(30, resting_sad)
    with pytest.raises(InputError, match="less than a second"):
        measure(timeline, rest=Rest(40, 50))
    with pytest.raises(InputError, match="no face"):
        empty = Timeline()
        empty.add(frame(0.0))
        empty.labels = LABELS
        measure(timeline, rest=Rest(clip=empty))
    with pytest.raises(InputError, match="another model"):
        measure(timeline, rest=Rest(clip=Timeline()))


def test_neutral_and_uncertain_are_no_expressions():
    assert expressed(("angry", "calm", "mad max", "unknown")) == ("angry", "mad max")


def test_attention_is_the_share_of_time_a_face_was_seen():
    timeline = Timeline()
    for tenth in range(1000):
        timeline.add(frame(tenth / 10, *([face()] if tenth < 750 else [])))
    measured = measure(timeline)
    assert measured.attention(measured.reactions[0]) == pytest.approx(0.75, abs=0.002)
    assert measured.duration_s == pytest.approx(100.0)
