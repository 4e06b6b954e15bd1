"""Labels and bars: inside the picture, and never over one another."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.drawing import bars, overlay, text
from mimika.drawing.layout import Layout, overlap
from mimika.drawing.overlay import Overlay
from mimika.labels.emotions import EMOTIONS
from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult


def face(number, box, **shares):
    probabilities = dict.fromkeys(EMOTIONS, 0.01) | (shares or {"happy": 0.92})
    held = max(probabilities, key=probabilities.get)
    return Face(box, number, probabilities, held, probabilities[held], 0.9)


def crowd(count, width, height, seed):
    rng = np.random.default_rng(seed)
    boxes = []
    for _ in range(count):
        side = int(rng.integers(height // 10, height // 4))
        left = int(rng.integers(-side // 2, width - side // 2))
        boxes.append(Box(left, int(rng.integers(-side // 2, height - side // 2)), side, side))
    return tuple(face(i + 1, box) for i, box in enumerate(boxes))


@pytest.fixture
def places(monkeypatch):
    """Every plate and panel that is drawn, as boxes."""
    found = []
    find = Layout.find

    def remember(self, *arguments):
        place = find(self, *arguments)
        if place is not None:
            found.append(place)
        return place

    monkeypatch.setattr(Layout, "find", remember)
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [(320, 240), (640, 360), (1280, 720), (720, 1280)])
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_nothing_covers_another_or_leaves_the_picture(places, size, count, seed):
    width, height = size
    faces = crowd(count, width, height, seed)
    image = np.full((height, width, 3), 120, np.uint8)
    Overlay(bars=True).draw(image, FrameResult(0, 0, width, height, faces), header="30 fps   cpu")
    header = Box(0, 0, 1, 1)
    for i, place in enumerate(places):
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
        assert not any(overlap(place, other) for other in (*places[:i], header))
    assert len(places) >= count if count < 12 else places


def test_labels_of_a_crowd_cover_no_other_face(places):
    boxes = [Box(20 + 60 * (i % 10), 40 + 70 * (i // 10), 40, 48) for i in range(40)]
    faces = tuple(face(i + 1, box) for i, box in enumerate(boxes))
    image = np.full((360, 640, 3), 120, np.uint8)
    Overlay().draw(image, FrameResult(0, 0, 640, 360, faces))
    assert len(places) == len(faces)
    for each in faces:
        over = [place for place in places if overlap(place, each.box)]
        assert len(over) <= 1, "its own"


def test_a_face_in_the_upper_left_keeps_its_label_clear_of_the_header(places):
    image = np.full((480, 640, 3), 120, np.uint8)
    shown = FrameResult(0, 0, 640, 480, (face(1, Box(2, 2, 60, 60)),))
    Overlay().draw(image, shown, header="30 fps   4.1 ms   cpu")
    size = overlay.font_size(image)
    wide, high = text.measure("30 fps   4.1 ms   cpu", round(size * 0.8))
    assert not overlap(places[0], Box(size // 2, size // 2, wide, high))


def test_the_held_label_is_marked_where_another_is_likelier():
    image = np.full((480, 640, 3), 120, np.uint8)
    likeliest = face(1, Box(200, 150, 120, 150), fear=0.22, neutral=0.23)
    held = Face(likeliest.box, 1, likeliest.probabilities, "fear", 0.22, 0.9)
    views = [
        Overlay(bars=True).draw(image, FrameResult(0, 0, 640, 480, (f,))) for f in (likeliest, held)
    ]
    # Right of the face, where the panel is, the mark is the only difference.
    differs = (views[0] != views[1]).any(axis=2)[:, 328:]
    _, columns = np.where(differs)
    assert 10 < differs.sum() < 200
    assert np.ptp(columns) < 12
    assert (views[1][:, 328:][differs] > 200).all(axis=1).mean() > 0.4, "a white mark"
    assert bars.held_label(held) == "fear"
    hidden = Face(likeliest.box, 1, likeliest.probabilities, "uncertain", 0.22, 0.9)
    assert bars.held_label(hidden) == "fear"


def test_the_largest_face_keeps_its_bars_where_there_is_little_room(places):
    width, height = 640, 360
    faces = (face(1, Box(0, 0, 640, 360)), face(2, Box(20, 300, 50, 50)))
    image = np.full((height, width, 3), 120, np.uint8)
    Overlay(bars=True).draw(image, FrameResult(0, 0, width, height, faces))
    assert len(places) == 3, "two labels and the bars of the larger face"


@pytest.mark.parametrize("bars", [False, True])
def test_the_chosen_face_alone_has_bars(places, bars):
    faces = crowd(4, 1280, 720, 3)
    image = np.full((720, 1280, 3), 120, np.uint8)
    shown = FrameResult(0, 0, 1280, 720, faces)
    smallest = min(faces, key=lambda each: each.box.area)
    Overlay(bars=bars, chosen=smallest.track_id).draw(image, shown)
    assert len(places) == len(faces) + 1
    panel = places[-1]
    assert not any(overlap(panel, other.box) for other in faces if other is not smallest)
    places.clear()
    Overlay(chosen=99).draw(image, shown)
    assert len(places) == len(faces)
