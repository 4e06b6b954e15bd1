"""Small faces in a stream are found by a scout, and the schedule comes back down."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mimika.detection import HIGH_SCORE, open_detector
from mimika.tracking.scales import FAR_SCOUT_EVERY, SCOUT_EVERY_S, ScaleSchedule


@pytest.fixture(scope="module")
def yunet():
    return open_detector("yunet")


def scene(media, face_height: int) -> np.ndarray:
    """A 1280x720 room with one face of the given height."""
    room = cv2.resize(cv2.imread(str(media / "coffee.png")), (1280, 720))
    portrait = cv2.imread(str(media / "obama.jpg"))[:650, 250:720]
    scale = face_height / 326  # the height of the face in that photograph
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    room[50 : 50 + small.shape[0], 100 : 100 + small.shape[1]] = small
    return room


def counted(yunet):
    """The detector, and the copies that it was asked to look at."""
    asked = []

    class Counted:
        name, engine, sides = yunet.name, yunet.engine, yunet.sides

        def detect(self, image, side):
            asked.append(side)
            return yunet.detect(image, side)

    return Counted(), asked


def test_a_small_face_is_found_within_the_bound(yunet, media):
    small = scene(media, 60)
    assert not yunet.detect(small, 320).at_least(HIGH_SCORE), "the scene must need the larger copy"
    empty = scene(media, 0 + 1)
    schedule = ScaleSchedule(yunet)
    schedule.detect(empty, 0.0)
    found_at = next(
        time
        for time in np.arange(0.04, 5, 0.04)
        if schedule.detect(small, time).at_least(HIGH_SCORE)
    )
    assert found_at <= SCOUT_EVERY_S + 0.04
    # and it is not lost again between scouts
    for time in np.arange(found_at + 0.04, found_at + 1.5, 0.04):
        assert schedule.detect(small, time).at_least(HIGH_SCORE)


def test_a_very_small_face_is_found_by_the_far_scout(yunet, media):
    tiny = scene(media, 32)
    assert not yunet.detect(tiny, 640).at_least(HIGH_SCORE), "the scene must need the largest copy"
    schedule = ScaleSchedule(yunet)
    found_at = next(
        time for time in np.arange(0, 5, 0.04) if schedule.detect(tiny, time).at_least(HIGH_SCORE)
    )
    assert found_at <= FAR_SCOUT_EVERY * SCOUT_EVERY_S + 0.2


def test_large_faces_cost_the_small_copy_but_for_the_scouts(yunet, media):
    detector, asked = counted(yunet)
    schedule = ScaleSchedule(detector)
    large = scene(media, 300)
    for time in np.arange(0, 5, 0.04):
        assert schedule.detect(large, time).at_least(HIGH_SCORE)
    assert asked.count(320) == 125
    assert 8 <= asked.count(640) + asked.count(1280) <= 11


def test_it_comes_down_when_the_small_face_has_gone(yunet, media):
    detector, asked = counted(yunet)
    schedule = ScaleSchedule(detector)
    for time in np.arange(0, 2, 0.04):
        schedule.detect(scene(media, 60), time)
    asked.clear()
    for time in np.arange(2, 5, 0.04):
        schedule.detect(scene(media, 300), time)
    assert asked.count(320) > 0.7 * len(asked)


def test_a_clock_that_goes_back_does_not_stop_the_scouts(yunet, media):
    schedule = ScaleSchedule(yunet)
    schedule.detect(scene(media, 300), 1000.0)
    small = scene(media, 60)
    assert any(schedule.detect(small, time).at_least(HIGH_SCORE) for time in (0.0, 0.04))
