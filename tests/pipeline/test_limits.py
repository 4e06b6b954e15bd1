"""Streams at their limits: sizes that change, crowds, fast cameras, one thread, one processor."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

import mimika
from mimika.detection import HIGH_SCORE, open_detector
from mimika.tracking.region_tracker import MOST_NEAR, RegionTracker


@pytest.fixture(scope="module")
def recognizer():
    return mimika.Recognizer(mimika.Settings(threads=1, engine="cpu"))


@pytest.fixture(scope="module")
def portrait(media):
    return cv2.resize(cv2.imread(str(media / "obama.jpg"))[:650, 250:720], (144, 200))


def test_frames_that_change_their_size(recognizer, media):
    stream = recognizer.fork()
    image = cv2.imread(str(media / "obama.jpg"))
    sizes = [(455, 568), (910, 1137), (228, 284), (455, 568)]
    for i in range(16):
        width, height = sizes[i // 4]
        result = stream(cv2.resize(image, (width, height)), i / 24)
        (face,) = result.faces
        assert (result.width, result.height) == (width, height)
        # Where the face is on the picture, whatever its size is.
        assert face.box.center[0] / width == pytest.approx(0.53, abs=0.08)


def test_two_hundred_faces(portrait):
    scene = np.full((1400, 2000, 3), 90, np.uint8)
    small = cv2.resize(portrait, (80, 110))
    for i in range(200):
        x, y = i % 20 * 100 + 10, i // 20 * 140 + 15
        scene[y : y + 110, x : x + 80] = small
    detector = open_detector("yunet")
    asked = []
    near = detector.detect_near

    def counted(image, regions, sides=()):
        asked.append(len(regions))
        return near(image, regions, sides)

    tracker = RegionTracker(detector)
    tracker._detect_near = counted
    found = [tracker.detect(scene, i / 24) for i in range(12)]
    assert len(found[-1].at_least(HIGH_SCORE)) >= 190
    # Once they are known, a frame looks at so many of them at most.
    assert max(asked[-3:]) <= MOST_NEAR


def test_a_camera_of_120_frames_a_second_sees_what_one_of_24_sees(recognizer, demo_clip):
    with mimika.open_source(demo_clip) as clip:
        images = [frame.image for frame, _ in zip(clip, range(24), strict=False)]
    slow, fast = recognizer.fork(), recognizer.fork()
    for i, image in enumerate(images):
        (one,) = slow(image, i / 24).faces
        for k in range(5):
            (other,) = fast(image, i / 24 + k / 120).faces
        assert other.track_id == one.track_id
        assert other.box.iou(one.box) > 0.7


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds a process")
def test_one_processor(media):
    code = f"""
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
import mimika
print(len(mimika.analyze({str(media / "two_people.jpg")!r})))
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.stdout.strip() == "2", ended.stderr
