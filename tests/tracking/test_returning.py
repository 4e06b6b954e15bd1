"""Who looks away and comes back keeps the number; two people are not taken for each other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import mimika
from mimika.base.errors import UsageError
from mimika.sources.frame import Frame
from mimika.tracking.appearance import Appearance
from mimika.tracking.people import AWAY_S, SIMILAR

SIZE = (640, 360)
RATE = 24


@pytest.fixture(scope="module")
def woman(demo_clip):
    """The first four seconds of the demo clip."""
    with mimika.open_source(demo_clip, end_s=4) as film:
        return [frame.image.copy() for frame in film]


@pytest.fixture(scope="module")
def couple(media):
    """A woman and a man beside each other, who turn their heads."""
    with mimika.open_source(media / "head-pose-face-detection-female-and-male.gif") as film:
        return [cv2.resize(frame.image, SIZE) for frame in film]


@pytest.fixture(scope="module")
def networks():
    return mimika.Recognizer().networks


def nobody(seconds):
    return [np.zeros((SIZE[1], SIZE[0], 3), np.uint8)] * round(seconds * RATE)


def half(images, right):
    """One of the couple."""
    seen = []
    for image in images:
        seen.append(image.copy())
        seen[-1][:, : SIZE[0] // 2] *= right
        seen[-1][:, SIZE[0] // 2 :] *= not right
    return seen


def numbers(networks, *parts, rate=RATE, **settings):
    """The numbers in each part of a film, without the frames for which a lost face is held."""
    recognizer = mimika.Recognizer(
        mimika.Settings(**settings), detector=networks.detector, model=networks.model
    )
    index, found = 0, []
    for part in parts:
        seen = set()
        for i, image in enumerate(part):
            result = recognizer(Frame(image, index / rate, index))
            seen |= {face.track_id for face in result.faces if i >= 4}
            index += 1
        found.append(sorted(seen))
    return found


def test_who_comes_back_after_four_seconds_keeps_the_number(networks, woman):
    parts = woman[:48], nobody(4), woman[48:]
    assert numbers(networks, *parts) == [[1], [], [1]]
    assert numbers(networks, *parts, every=3) == [[1], [], [1]]
    assert numbers(networks, *parts, people=1) == [[1], [], [1]]


def test_somebody_else_in_the_meantime_has_another_number(networks, woman, couple):
    man = half(couple[:24], right=True)
    parts = woman[:24], nobody(4), man, nobody(4), woman[48:72], nobody(2), man
    assert numbers(networks, *parts) == [[1], [], [2], [], [1], [], [2]]


def test_of_two_one_goes_and_comes_back(networks, couple):
    left, right = half(couple[:16], right=False), half(couple[16:32], right=True)
    parts = couple[:16], left, right, nobody(4), right, left, couple[:16]
    there = numbers(networks, *parts, rate=8)
    one, other = there[1], there[2]
    assert sorted(one + other) == [1, 2]
    assert there == [[1, 2], one, other, [], other, one, [1, 2]]


def test_two_who_change_seats_keep_their_numbers(networks, couple):
    def places(images):
        for image in images:
            for face in recognizer(Frame(image, len(times) / 8, len(times))).faces:
                seen[face.track_id] = face.box.center[0] > SIZE[0] / 2
            times.append(None)
        return dict(seen)

    recognizer = mimika.Recognizer(detector=networks.detector, model=networks.model)
    seen, times = {}, []
    before = places(couple[:16])
    middle = SIZE[0] // 2
    places(nobody(1))
    after = places([np.hstack([im[:, middle:], im[:, :middle]]) for im in couple[:16]])
    assert set(before) == set(after) == {1, 2}
    assert all(before[number] != after[number] for number in before)


def test_a_cut_to_somebody_else_in_the_same_place(networks, woman, couple):
    # Enlarged so that the man's face lies where the woman's was.
    x, y = (
        mimika.Recognizer(detector=networks.detector, model=networks.model)(woman[0], 0)
        .faces[0]
        .box.center
    )
    (face,) = mimika.analyze(half(couple[:1], right=True)[0])
    shift = np.float32([[1, 0, x - face.box.center[0]], [0, 1, y - face.box.center[1]]])
    man = [cv2.warpAffine(im, shift, SIZE) for im in half(couple[:24], right=True)]
    parts = woman[:24], man, woman[24:48], man
    assert numbers(networks, *parts) == [[1], [2], [1], [2]]


def test_light_is_no_other_person(networks, woman):
    flash = [np.clip(im.astype(np.int16) + 90, 0, 255).astype(np.uint8) for im in woman[24:30]]
    dim = [(im * 0.35).astype(np.uint8) for im in woman[60:]]
    assert numbers(networks, woman[:24], flash, woman[30:60], dim) == [[1]] * 4


def test_after_a_minute_a_person_is_new_unless_there_is_one_only(networks, woman):
    parts = woman[:24], nobody(1), woman[24:48]
    rate = RATE / (AWAY_S + 10)  # the pause lasts so long
    slow = {"rate": rate}
    assert numbers(networks, *parts, **slow)[2] != [1]
    assert numbers(networks, *parts, **slow, people=1) == [[1], [], [1]]


def test_with_one_person_every_main_face_is_that_person(networks, woman, couple):
    man = half(couple[:24], right=True)
    small = [np.zeros_like(im) for im in woman[:24]]
    for image, whole in zip(small, woman, strict=False):
        image[:180, :320] = cv2.resize(whole, (320, 180))
    parts = small, woman[:24], couple[:24], nobody(4), man
    assert numbers(networks, *parts, people=1) == [[1], [1], [1], [], [1]]
    recognizer = mimika.Recognizer(
        mimika.Settings(people=1), detector=networks.detector, model=networks.model
    )
    assert {len(recognizer(Frame(im, i / 8, i)).faces) for i, im in enumerate(couple)} == {1}


def test_a_larger_face_takes_the_place_of_a_small_one(networks, woman):
    background = np.zeros_like(woman[0])
    background[220:, 400:] = cv2.resize(woman[0], (240, 140))
    both = background.copy()
    both[:210, :373] = cv2.resize(woman[0], (373, 210))
    recognizer = mimika.Recognizer(
        mimika.Settings(people=1), detector=networks.detector, model=networks.model
    )
    for i in range(12):
        (first,) = recognizer(Frame(background, i / 24, i)).faces
    for i in range(12, 24):
        (main,) = recognizer(Frame(both, i / 24, i)).faces
    assert first.track_id == main.track_id == 1
    assert first.box.center.x > 400 > main.box.center.x


def test_more_faces_than_people_are_left_out(networks, media):
    picture = cv2.imread(str(media / "two_people.jpg"))
    for people, count in ((0, 2), (1, 1), (2, 2), (3, 2)):
        recognizer = mimika.Recognizer(
            mimika.Settings(people=people), detector=networks.detector, model=networks.model
        )
        assert len(recognizer(Frame(picture, 0.0, 0)).faces) == count


def test_a_number_of_people_is_none_below_nought():
    with pytest.raises(UsageError, match="--people"):
        mimika.Settings(people=-1)


def test_a_gray_film_tells_two_people_apart(networks, woman, couple):
    def gray(images):
        return [cv2.cvtColor(cv2.cvtColor(im, 6), cv2.COLOR_GRAY2BGR) for im in images]

    man = gray(half(couple[:24], right=True))
    parts = gray(woman[:24]), nobody(4), man, nobody(4), gray(woman[24:48])
    assert numbers(networks, *parts) == [[1], [], [2], [], [1]]


@pytest.mark.slow
def test_a_hundred_people_before_the_same_wall(shared):
    """Hardest: one studio, one light, one shirt, everybody in the same place."""
    looks = {}
    for file in sorted((shared / "data" / "london").glob("*.jpg")):
        picture = cv2.imread(str(file))
        faces = mimika.analyze(picture)
        if faces:
            main = max(faces, key=lambda face: face.box.area)
            looks[file.stem] = Appearance.of(picture, main.box)
    people = sorted({name[:3] for name in looks})
    back = [looks[f"{p}-neutral"].difference(looks[f"{p}-smiling"]) for p in people]
    others = [
        looks[f"{p}-neutral"].difference(looks[f"{q}-smiling"])
        for p in people
        for q in people
        if p != q
    ]
    assert np.mean(np.array(back) <= SIMILAR) > 0.98
    assert np.mean(np.array(others) <= SIMILAR) < 0.15
