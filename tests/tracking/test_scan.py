"""The parts of a frame that are looked at in turn: all of it, evenly, what changed first."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mimika.schema.geometry import Box
from mimika.tracking.scan import NEW_SCENE_FRAMES, TILES_A_SECOND, WHOLE_EVERY_S, FrameScan
from mimika.tracking.tiles import MOST_PIXELS, OVERLAP_PX, tiles_of

SIDES = (640, 1280)
SIZES = [(640, 480), (1280, 720), (1080, 1920), (3840, 2160), (480, 270), (30, 4000), (1, 1)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_face_is_whole_in_a_tile_of_a_copy_that_shows_it(width, height):
    tiles = tiles_of(width, height, SIDES)
    chance = np.random.default_rng(0)
    for copy in sorted({tile.scale for tile in tiles}):
        # A face that is small enough in this copy to be shown by none smaller.
        side = (OVERLAP_PX - 5) / copy
        for _ in range(50):
            x, y = (chance.uniform(0, max(0, length - side)) for length in (width, height))
            face = Box(x, y, min(side, width - x), min(side, height - y))
            assert any(
                tile.shows_whole(face) for tile in tiles if tile.scale == copy and _on(tile, face)
            )


def _on(tile, face):
    x, y = face.center
    box = tile.box
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


@pytest.mark.parametrize(("width", "height"), SIZES[:5])
def test_tiles_cost_about_the_same(width, height):
    for tile in tiles_of(width, height, SIDES):
        assert tile.box.width * tile.scale * tile.box.height * tile.scale <= MOST_PIXELS


@pytest.fixture
def room(media):
    return cv2.resize(cv2.imread(str(media / "coffee.png")), (1280, 720))


def looked(scan, image, time_s, known=()):
    scan.begin(image, time_s)
    scan.know(known)
    return scan.tiles()


def test_a_new_scene_is_looked_at_whole_in_its_first_frames(room):
    scan = FrameScan(SIDES)
    counts = [looked(scan, room, i / 30) for i in range(NEW_SCENE_FRAMES)]
    assert {tile for tiles in counts for tile in tiles} == set(tiles_of(1280, 720, SIDES))
    cut = 255 - room
    assert scan.begin(cut, 0.2)
    again = [tile for i in range(NEW_SCENE_FRAMES) for tile in looked(scan, cut, 0.2 + i / 30)]
    assert set(again) == set(tiles_of(1280, 720, SIDES))


def after_start(scan, image):
    for i in range(NEW_SCENE_FRAMES):
        looked(scan, image, i / 30)


def test_a_moving_picture_costs_each_frame_the_same(room):
    scan = FrameScan(SIDES)
    after_start(scan, room)
    moving = ((np.roll(room, 9 * i, axis=1), i / 30) for i in range(NEW_SCENE_FRAMES, 155))
    counts = [len(looked(scan, *each)) for each in moving]
    assert max(counts) == 1
    assert sum(counts) == pytest.approx(TILES_A_SECOND * len(counts) / 30, abs=10)


@pytest.mark.parametrize("rate_hz", [5, 10, 60, 120])
def test_a_second_costs_the_same_at_any_frame_rate(room, rate_hz):
    scan = FrameScan(SIDES)
    after_start(scan, room)
    count = 0
    for i in range(1, 4 * rate_hz + 1):
        # Moved so far in each frame that all has changed, and not so far that it is a new scene.
        count += len(looked(scan, np.roll(room, 300 * i // rate_hz, axis=1), 0.2 + i / rate_hz))
    # Where frames are few there is less to look at: what is flat, and what was looked at just now.
    assert 0.6 * 4 * TILES_A_SECOND <= count <= 4 * TILES_A_SECOND + 1


@pytest.fixture
def changes_alone(monkeypatch):
    """What has not changed is not looked at again."""
    monkeypatch.setattr("mimika.tracking.scan.UNCHANGED_PERIODS", (1e9,))


@pytest.mark.usefixtures("changes_alone")
def test_where_pixels_changed_is_looked_at_soon(room):
    scan = FrameScan(SIDES)
    for i in range(30):
        looked(scan, room, i / 30)
    changed = room.copy()
    changed[300:400, 600:700] = 255 - changed[300:400, 600:700]
    tiles = [tile for i in range(30, 75) for tile in looked(scan, changed, i / 30)]
    middle = Box(600, 300, 100, 100)
    assert sum(_on(tile, middle) for tile in tiles) >= 4
    assert sum(_on(tile, middle) for tile in tiles) >= 0.4 * len(tiles)


@pytest.mark.usefixtures("changes_alone")
def test_what_is_flat_or_around_a_known_face_is_left_out(room):
    scan = FrameScan(SIDES)
    gray = np.full((720, 1280, 3), 99, np.uint8)
    after_start(scan, gray)
    assert not any(looked(scan, gray, 1 + i / 30) for i in range(60))
    scan = FrameScan(SIDES)
    after_start(scan, room)
    around = Box(0, 0, 1280, 720)
    moving = (np.roll(room, 9 * i, axis=1) for i in range(45))
    assert not any(looked(scan, each, 0.2 + i / 30, [around]) for i, each in enumerate(moving))


def test_a_still_room_is_looked_at_less_and_less(room):
    scan = FrameScan(SIDES)
    after_start(scan, room)
    looks = [len(looked(scan, room, 0.2 + i / 30)) for i in range(1, 30 * 60)]
    early, late = sum(looks[: 30 * 20]), sum(looks[-30 * 20 :])
    assert 0 < late < 0.7 * early
    moved = np.roll(room, 20, axis=1)
    changed = [len(looked(scan, moved, 60.2 + i / 30)) for i in range(30)]
    assert sum(changed) >= 0.6 * TILES_A_SECOND


def wholes(scan, frames, known=()):
    """In which frames the whole is looked at."""
    found = []
    for i, frame in enumerate(frames):
        scan.begin(frame, i / 30)
        scan.know(known)
        if scan.whole_is_due():
            scan.saw_whole()
            found.append(i)
    return found


def test_the_whole_is_looked_at_sooner_where_something_changed(room):
    moving = [np.roll(room, 9 * i, axis=1) for i in range(61)]
    assert len(wholes(FrameScan(SIDES), moving)) == pytest.approx(2 / WHOLE_EVERY_S, abs=2)
    unchanged = [0, 15, 30, 45, 60]
    assert wholes(FrameScan(SIDES), [room] * 61) == unchanged
    assert wholes(FrameScan(SIDES), moving, [Box(0, 0, 1280, 720)]) == unchanged
    scan = FrameScan(SIDES)
    scan.begin(room, 0.0)
    scan.know(())
    scan.saw_whole()
    scan.begin(room, 0.2)
    assert not scan.whole_is_due()
    assert scan.whole_is_due(sooner=True)


def test_a_frame_of_another_size_and_a_clock_that_goes_back_begin_anew(room):
    scan = FrameScan(SIDES)
    assert scan.begin(room, 5.0)
    assert not scan.begin(room, 5.04)
    assert scan.begin(room[:500, :600], 5.08)
    assert not scan.begin(room[:500, :600], 5.12)
    assert scan.begin(room[:500, :600], 1.0)
