"""Looking only near known faces changes neither who is seen nor, beyond a little, where."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mimika.detection import HIGH_SCORE, NEAR_SIDE, Detections, Detector, open_detector
from mimika.schema.geometry import Box
from mimika.tracking.region_tracker import RegionTracker
from mimika.tracking.scan import WHOLE_EVERY_S


@pytest.fixture(scope="module")
def yunet():
    return open_detector("yunet")


@pytest.fixture(scope="module")
def room(media):
    return cv2.resize(cv2.imread(str(media / "coffee.png")), (1280, 720))


@pytest.fixture(scope="module")
def portrait(media):
    image = cv2.imread(str(media / "obama.jpg"))[:650, 250:720]
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def placed(room, portrait, *corners):
    scene = room.copy()
    for x, y in corners:
        scene[y : y + portrait.shape[0], x : x + portrait.shape[1]] = portrait
    return scene


class Counted(Detector):
    """A detector that counts its looks at the whole, those that are shared, and near faces."""

    def __init__(self, detector):
        self._detector = detector
        self.name, self.engine, self.sides = detector.name, detector.engine, detector.sides
        self.whole = self.near = self.shared = 0
        self.regions = []

    def detect(self, image, side):
        self.whole += side == self.sides[0]
        return self._detector.detect(image, side)

    def begin(self, image, side):
        self.shared += 1
        return self._detector.begin(image, side)

    def detect_near(self, image, regions, sides=()):
        sides = sides or [NEAR_SIDE] * len(regions)
        near = sum(side == NEAR_SIDE for side in sides)
        self.near += near > 0
        self.regions.append(near)
        return self._detector.detect_near(image, regions, sides)


def test_a_region_shows_the_face_where_the_whole_shows_it(yunet, media):
    image = cv2.imread(str(media / "two_people.jpg"))
    for box in yunet.detect(image, 640).at_least(HIGH_SCORE).boxes:
        x, y = box.center
        region = Box(x - box.height, y - box.height, 2 * box.height, 2 * box.height)
        (look,) = yunet.detect_near(image, [region])
        (seen,) = look.at_least(HIGH_SCORE).boxes
        assert seen.iou(box) > 0.75


def test_regions_at_and_beyond_the_edge_do_no_harm(yunet, media):
    image = cv2.imread(str(media / "obama_partial_face.jpg"))
    height, width = image.shape[:2]
    for region in (
        Box(-300, -300, 400, 400),
        Box(width - 50, height - 50, 300, 300),
        Box(width + 10, 0, 100, 100),
        Box(-200, 0, 100, 100),
        Box(10, 10, 0.4, 0.4),
        Box(-width, -height, 3 * width, 3 * width),
    ):
        yunet.detect_near(image, [region])


def test_most_frames_of_a_stream_are_looked_at_near_the_face_only(yunet, room, portrait):
    detector = Counted(yunet)
    regions = RegionTracker(detector)
    scenes = [placed(room, portrait, (300 + 4 * i, 200 + 2 * i)) for i in range(60)]
    overlaps = []
    for i, scene in enumerate(scenes):
        followed = regions.detect(scene, i / 30)
        (box,) = followed.at_least(HIGH_SCORE).boxes
        (whole,) = yunet.detect(scene, 320).at_least(HIGH_SCORE).boxes
        overlaps.append(box.iou(whole))
    assert min(overlaps) > 0.65
    assert np.median(overlaps) > 0.85
    assert detector.whole == 1
    assert 2 <= detector.shared <= 60 / 30 / WHOLE_EVERY_S + 2


def test_a_still_face_has_a_still_box(yunet, room, portrait):
    regions = RegionTracker(yunet)
    scene = placed(room, portrait, (333, 217))
    boxes = {regions.detect(scene, i / 30).boxes[0] for i in range(30)}
    first = next(iter(boxes))
    assert all(box.iou(first) > 0.9999 for box in boxes)


def test_calm_faces_are_looked_at_in_turns(yunet, room, portrait):
    detector = Counted(yunet)
    regions = RegionTracker(detector)
    seconds = 2
    for i in range(30 * seconds):
        # A camera's noise does not end a face's calm.
        noise = np.random.default_rng(i).normal(0, 4, room.shape)
        scene = placed(room, portrait, (150, 100), (750, 120)) + noise
        found = regions.detect(scene.clip(0, 255).astype(np.uint8), i / 30)
        assert len(found.at_least(HIGH_SCORE)) == 2
    # Both are looked at once with each look at the whole; in between about one of them a frame.
    around = detector.whole + detector.shared
    between = 30 * seconds - around
    assert sum(detector.regions) - 2 * around <= 1.3 * between
    assert detector.regions.count(1) > between / 2


def test_a_calm_face_that_moves_on_is_taken_to_go_on(yunet, room, portrait):
    detector = Counted(yunet)
    regions = RegionTracker(detector)
    boxes = []
    for i in range(12):
        scene = placed(room, portrait, (300 + 2 * i, 200))
        (box,) = regions.detect(scene, i / 30).at_least(HIGH_SCORE).boxes
        (whole,) = yunet.detect(scene, 320).at_least(HIGH_SCORE).boxes
        assert box.iou(whole) > 0.8
        boxes.append(box)
    assert detector.near < len(boxes)  # some frames were not looked at …
    assert len(set(boxes)) == len(boxes)  # … and the box moved on in them too


def test_a_new_face_appears_within_the_bound(yunet, room, portrait):
    regions = RegionTracker(yunet)
    for i in range(20):
        regions.detect(placed(room, portrait, (200, 100)), i / 30)
    both = placed(room, portrait, (200, 100), (800, 300))
    found_at = next(
        i for i in range(20, 40) if len(regions.detect(both, i / 30).at_least(HIGH_SCORE)) == 2
    )
    assert (found_at - 20) / 30 <= WHOLE_EVERY_S + 2 / 30


def test_frames_far_apart_do_not_share_a_look(yunet, room, portrait):
    detector = Counted(yunet)
    regions = RegionTracker(detector)
    for i in range(20):
        regions.detect(placed(room, portrait, (200, 100)), i / 10)
    assert detector.shared == 0
    assert detector.whole >= 4


@pytest.mark.parametrize("jump", [(700, 300), (420, 100)])
def test_a_jump_is_seen_at_once(yunet, room, portrait, jump):
    regions = RegionTracker(yunet)
    regions.detect(placed(room, portrait, (200, 100)), 0.0)
    regions.detect(placed(room, portrait, (200, 100)), 0.03)
    moved = placed(room, portrait, jump)
    (box,) = regions.detect(moved, 0.06).at_least(HIGH_SCORE).boxes
    (whole,) = yunet.detect(moved, 320).at_least(HIGH_SCORE).boxes
    assert box.iou(whole) > 0.8


def test_a_face_that_goes_is_gone_at_once(yunet, room, portrait):
    regions = RegionTracker(yunet)
    for i in range(3):
        assert len(regions.detect(placed(room, portrait, (200, 100)), i / 30)) == 1
    assert len(regions.detect(room, 3 / 30).at_least(HIGH_SCORE)) == 0


def test_neighbours_are_not_taken_for_each_other(yunet, room, portrait):
    regions = RegionTracker(yunet)
    wide = portrait.shape[1]
    for i in range(12):
        scene = placed(room, portrait, (300 + 5 * i, 150), (300 + wide + 5 * i, 170))
        found = regions.detect(scene, i / 30).at_least(HIGH_SCORE)
        assert len(found) == 2
        assert found.boxes[0].iou(found.boxes[1]) < 0.1


def test_a_detector_without_regions_is_looked_through_whole(room, portrait):
    class Plain(Detector):
        name, engine, sides = "plain", "none", (320,)
        looks = 0

        def detect(self, image, side):
            self.looks += 1
            return Detections((Box(200, 100, 100, 130),), (0.9,))

    detector = Plain()
    regions = RegionTracker(detector)
    for i in range(10):
        assert len(regions.detect(room, i / 30)) == 1
    assert detector.looks == 10


def test_time_that_goes_back_and_reset_look_at_the_whole(yunet, room, portrait):
    detector = Counted(yunet)
    regions = RegionTracker(detector)
    scene = placed(room, portrait, (200, 100))
    for time in (100.0, 100.03, 3.0, 3.03):
        regions.detect(scene, time)
    assert detector.whole == 2
    regions.reset()
    regions.detect(scene, 3.06)
    assert detector.whole == 3
