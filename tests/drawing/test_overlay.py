"""Words and boxes: where they should be, at any size, in both languages."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mimika.drawing import overlay, text
from mimika.drawing.overlay import Overlay, font_size
from mimika.labels.emotions import EMOTIONS, color
from mimika.schema.geometry import Box, Point
from mimika.schema.results import Face, FrameResult


def result(width, height, *boxes, emotion="happy"):
    probabilities = dict.fromkeys(EMOTIONS, 0.05) | {emotion: 0.6}
    faces = tuple(
        Face(Box(*box), i + 1, probabilities, emotion, 0.6, 0.9) for i, box in enumerate(boxes)
    )
    return FrameResult(0.0, 0, width, height, faces)


def changed(before, after):
    rows, columns = np.where((before != after).any(axis=2))
    return rows, columns


@pytest.mark.parametrize("size", [(320, 240), (640, 360), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("bars", [False, True])
def test_any_size_and_language(size, language, bars):
    width, height = size
    image = np.full((height, width, 3), 90, np.uint8)
    face = (width * 0.3, height * 0.3, width * 0.2, height * 0.4)
    drawn = Overlay(language=language, bars=bars).draw(image, result(width, height, face))
    assert (image == 90).all(), "the picture is left as it is"
    assert drawn.shape == image.shape
    on_edge = drawn[round(height * 0.5), round(width * 0.3)]
    assert np.abs(on_edge.astype(int) - color("happy")[::-1]).max() < 20


def test_letters_grow_with_the_picture_and_stay_readable():
    sizes = [font_size(np.empty((h, w, 3))) for w, h in ((320, 240), (1280, 720), (3840, 2160))]
    assert sizes[0] >= 12
    assert sizes == sorted(sizes)
    assert sizes[2] > 5 * sizes[0]


@pytest.mark.parametrize(
    "box", [(-30, -20, 80, 90), (600, 440, 90, 90), (0, 0, 640, 480), (700, 500, 40, 40)]
)
@pytest.mark.parametrize("bars", [False, True])
def test_faces_at_and_beyond_the_edge(box, bars):
    image = np.zeros((480, 640, 3), np.uint8)
    drawn = Overlay(bars=bars).draw(image, result(640, 480, box))
    assert drawn.shape == image.shape
    assert drawn.any(), "the plate is always in the picture"


def test_cyrillic_is_drawn_and_not_boxes():
    assert not np.array_equal(text.mask("радость", 20), text.mask("гневный", 20))
    assert text.mask("ж", 20).any()
    assert not np.array_equal(text.mask("ж", 40), text.mask("ы", 40))


def test_the_mirror_turns_the_picture_and_not_the_words():
    image = np.zeros((240, 320, 3), np.uint8)
    image[:, :160] = 200
    plain = Overlay().draw(image, result(320, 240, (40, 80, 60, 70)))
    mirrored = Overlay(mirror=True).draw(image, result(320, 240, (220, 80, 60, 70)))
    # The same place on the screen, so the same plate, on the other half's background.
    plate = (slice(64, 77), slice(43, 95))
    letters = [(view[plate].max(axis=2) < 60) for view in (plain, mirrored)]
    assert np.array_equal(*letters)
    assert mirrored[200, 10].max() == 0
    assert mirrored[200, 310].min() == 200


def test_plates_of_neighbours_do_not_cover_each_other():
    image = np.zeros((480, 640, 3), np.uint8)
    one = Overlay().draw(image, result(640, 480, (100, 200, 60, 80)))
    both = Overlay().draw(image, result(640, 480, (100, 200, 60, 80), (130, 200, 60, 80)))
    yellow = [np.abs(v.astype(int) - color("happy")[::-1]).max(axis=2) < 10 for v in (one, both)]
    assert yellow[1].sum() > yellow[0].sum() * 1.7


def test_header_and_banner():
    image = np.full((480, 640, 3), 128, np.uint8)
    empty = FrameResult(0, 0, 640, 480)
    rows, _ = changed(image, Overlay().draw(image, empty, header="30 fps"))
    assert rows.max() < 60
    rows, columns = changed(image, Overlay().draw(image, empty, banner="ждём камеру …" * 9))
    assert 180 < rows.min() < 240 < rows.max() < 300
    assert columns.min() == 0


@pytest.mark.parametrize("at", [(-15, 5), (5, -5), (90, 5), (200, 200), (-500, 3)])
def test_text_beyond_the_edge_is_cut(at):
    image = np.zeros((40, 100, 3), np.uint8)
    text.put(image, "surprise", *at, 16, (255, 255, 255))
    whole = np.zeros((400, 1100, 3), np.uint8)
    text.put(whole, "surprise", at[0] + 500, at[1] + 100, 16, (255, 255, 255))
    assert np.array_equal(image, whole[100:140, 500:600])


def test_blending_is_exact_at_both_ends():
    image = np.full((60, 200, 3), 77, np.uint8)
    text.put(image, "M", 5, 5, 40, (10, 200, 30))
    assert (image == (10, 200, 30)).all(axis=2).any()
    assert (image[0] == 77).all()


def test_a_label_of_ones_own_is_drawn(media):
    image = cv2.imread(str(media / "astronaut.png"))
    face = Face(Box(100, 100, 80, 80), 1, {"сплю": 0.9, "awake": 0.1}, "сплю", 0.9, 0.9)
    drawn = Overlay(bars=True, language="ru").draw(image, FrameResult(0, 0, 512, 512, (face,)))
    assert (drawn != image).any()


def with_values(**values):
    plain = result(640, 480, (200, 150, 150, 180))
    return replace(plain, faces=(replace(plain.faces[0], values=values),))


def test_other_values_are_shown_only_where_asked_for(monkeypatch):
    image = np.full((480, 640, 3), 90, np.uint8)
    seen = with_values(derived_valence=0.75, derived_arousal=-0.25, **{"pose.yaw": 12.5})
    plain = Overlay().draw(image, seen)
    assert np.array_equal(plain, Overlay().draw(image, with_values()))
    written = []
    put = text.put
    monkeypatch.setattr(text, "put", lambda *args: (written.append(args[1]), put(*args)))
    drawn = Overlay(values=True).draw(image, seen)
    assert written[1:] == [
        *("derived valence", "+0.75", "derived arousal", "-0.25", "pose.yaw", "+12.50"),
    ]
    assert changed(plain, drawn)[1].min() > 350, "beside the face"
    Overlay(values=True, language="ru").draw(image, seen)
    assert "валентность (выведена)" in written
    measured = Overlay(values=True, bars=True).draw(image, with_values(valence=0.5))
    assert written[-2:] == ["valence", "+0.50"]
    assert measured.shape == image.shape


@pytest.mark.parametrize("mirror", [False, True])
def test_landmarks_are_dots_where_they_are(mirror):
    image = np.full((480, 640, 3), 90, np.uint8)
    seen = with_values(landmarks={"nose": Point(275.0, 240.0)})
    drawn = Overlay(values=True, mirror=mirror).draw(image, seen)
    x = 640 - 275 if mirror else 275
    assert drawn[240, x].min() > 200
    assert np.array_equal(drawn, image) is False
    assert (Overlay(mirror=mirror).draw(image, seen)[240, x] == 90).all()


@pytest.mark.parametrize("options", [{}, {"bars": True, "values": True}, {"mirror": True}])
@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
def test_nothing_is_drawn_outside_of_the_parts_that_are_told(options, size):
    width, height = size
    image = np.full((height, width, 3), 90, np.uint8)
    boxes = [(-9, -9, 80, 90), (width * 0.4, height * 0.3, 90.5, 99.7), (width - 40, 70, 60, 60)]
    seen = result(width, height, *boxes)
    points = {"left eye": Point(width * 0.45, height * 0.5)}
    known = {"landmarks": points, "valence": 0.5}
    seen = replace(seen, faces=tuple(replace(face, values=known) for face in seen.faces))
    overlay = Overlay(**options)
    drawn, parts = overlay.draw_parts(image, seen, header="header")
    assert np.array_equal(drawn, overlay.draw(image, seen, header="header"))
    told = np.zeros((height, width), bool)
    for part in parts:
        x, y = max(0, round(part.x)), max(0, round(part.y))
        told[y : max(0, round(part.y + part.height)), x : max(0, round(part.x + part.width))] = True
    rows, columns = changed(image, drawn)
    assert len(rows)
    assert told[rows, columns].all()
    if not options:
        assert told.mean() < 0.5


@pytest.mark.parametrize("mirror", [False, True])
def test_a_mesh_is_drawn_where_it_lies_and_only_there(mirror):
    image = np.zeros((200, 300, 3), np.uint8)
    points = np.zeros((478, 3), np.float32)
    points[:, 0], points[:, 1] = np.linspace(30, 60, 478), np.linspace(40, 90, 478)
    points[0, :2] = (-5, -5)  # beyond the picture
    plain = result(300, 200, (20, 30, 60, 70))
    seen = replace(plain, faces=(replace(plain.faces[0], mesh=points),))
    without = Overlay(mirror=mirror, mesh=False).draw(image, seen)
    drawn, parts = Overlay(mirror=mirror).draw_parts(image, seen)
    rows, columns = changed(without, drawn)
    assert len(rows) > 40
    columns = 300 - columns if mirror else columns
    assert 29 <= columns.min() <= columns.max() <= 63
    assert 39 <= rows.min() <= rows.max() <= 93
    if not mirror:
        assert any(box.x <= 30 and box.x + box.width >= 60 for box in parts)


@pytest.mark.parametrize(("width", "lines"), [(1200, 1), (240, 2), (120, 3)])
def test_a_header_has_as_many_lines_as_a_narrow_picture_needs(width, lines):
    header = "the end: space plays it again, q quits   0:02 / 0:02   11 fps   1.7 ms   cpu"
    found = overlay._wrapped(header, 12, width)
    assert " ".join(found).split() == header.split()
    assert len(found) >= lines
    assert all(text.measure(line, 12)[0] <= width for line in found)
