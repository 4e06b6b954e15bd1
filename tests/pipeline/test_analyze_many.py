"""Many pictures: in order, the same as one by one, read ahead, in little memory."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

import mimika
from mimika.base.errors import InputError, UsageError
from mimika.pipeline import analyze_many as module

NAMES = ["astronaut.png", "coffee.png", "obama.jpg", "two_people.jpg"]


@pytest.fixture
def folder(tmp_path, media):
    for name in NAMES:
        shutil.copy(media / name, tmp_path / name)
    return tmp_path


def close(faces, others):
    assert len(faces) == len(others)
    for face, other in zip(faces, others, strict=True):
        assert (face.track_id, face.emotion, face.box) == (other.track_id, other.emotion, other.box)
        shares = list(face.probabilities.values())
        assert shares == pytest.approx(list(other.probabilities.values()), abs=1e-4)


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_the_results_are_those_of_one_by_one(folder, batch):
    results = list(mimika.analyze_many(folder, batch=batch))
    assert [r.frame_index for r in results] == [0, 1, 2, 3]
    assert [r.name for r in results] == [str(folder / name) for name in NAMES]
    assert [len(r.faces) for r in results] == [1, 0, 1, 2]
    for result in results:
        close(result.faces, mimika.analyze(result.name))


def test_anything_that_is_a_picture(folder):
    array = cv2.imread(str(folder / "obama.jpg"))
    mixed = [
        folder / "obama.jpg",
        str(folder / "obama.jpg"),
        (folder / "obama.jpg").read_bytes(),
        array,
        (folder / "obama.jpg").open("rb"),
    ]
    results = list(mimika.analyze_many(mixed))
    assert [bool(r.name) for r in results] == [True, True, False, False, False]
    for result in results:
        assert (result.height, result.width) == array.shape[:2]
        close(result.faces, mimika.analyze(array))
    mixed[4].close()
    assert len(list(mimika.analyze_many(str(folder / "*.jpg")))) == 2
    assert list(mimika.analyze_many([])) == []


def test_broken_ones_in_a_folder_are_left_out_with_a_warning(folder):
    (folder / "broken.jpg").write_bytes(b"no")
    (folder / "notes.txt").write_text("words")
    with pytest.warns(UserWarning, match="Passed over|left out") as warned:
        results = list(mimika.analyze_many(folder))
    assert len(results) == 4
    assert "1 .txt" in str(warned[0].message)
    assert "broken.jpg" in str(warned[1].message)


def test_a_broken_one_that_was_named_raises_when_its_turn_comes(folder):
    (folder / "broken.jpg").write_bytes(b"no")
    wanted = [folder / "obama.jpg", folder / "broken.jpg", folder / "obama.jpg"]
    results = mimika.analyze_many(wanted, batch=8)
    assert len(next(results).faces) == 1
    with pytest.raises(InputError, match=r"broken\.jpg"):
        next(results)


def test_a_generator_is_read_only_a_little_ahead(folder):
    taken = []

    def pictures():
        for i in range(100):
            taken.append(i)
            yield folder / "coffee.png"

    results = mimika.analyze_many(pictures(), batch=2)
    assert taken == []
    next(results)
    assert len(taken) <= 2 + 2 * module.READ_AHEAD
    results.close()
    assert len(taken) < 20


def test_options(folder):
    for wrong in ({"batch": 0}, {"rotate": 45}):
        with pytest.raises(UsageError):
            mimika.analyze_many([], **wrong)
    (folder / "within").mkdir()
    shutil.copy(folder / "obama.jpg", folder / "within" / "a.JPG")
    with pytest.warns(UserWarning, match="--recursive"):
        assert len(list(mimika.analyze_many(folder))) == 4
    assert len(list(mimika.analyze_many(folder, recursive=True))) == 5
    lying = np.ascontiguousarray(np.rot90(cv2.imread(str(folder / "obama.jpg"))))
    (result,) = mimika.analyze_many([lying], rotate="auto")
    close(result.faces, mimika.analyze(folder / "obama.jpg"))
    close(mimika.analyze(lying, rotate=90), mimika.analyze(folder / "obama.jpg"))
