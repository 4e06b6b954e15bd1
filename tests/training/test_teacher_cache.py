from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from helpers.callbacks import Messages
from helpers.faces_in_memory import MemoryFaces, crying_and_laughing
from mimika.base.errors import InputError, ModelError, UsageError
from mimika.models.card import InputSpec
from mimika.training.config import Config
from mimika.training.data.unlabeled import open_unlabeled
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.weights import read_tensors
from mimika.training.run import train
from mimika.training.trainer import teacher_cache
from mimika.training.trainer.teacher_cache import MIRRORED, cached_answers, teacher_digest
from mimika.training.trainer.teachers import RunTeacher
from mimika.training.training_arrays import make_arrays, training_faces

TEACHER = Config(epochs=8, batch=8, size=32, augment="none", warmup=0, ema=0.9)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def faces(clip_faces: np.ndarray) -> MemoryFaces:
    return crying_and_laughing(clip_faces, 64, heads=True)


@pytest.fixture(scope="module")
def teachers(faces: MemoryFaces, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two finished runs, which differ in their seed."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in range(2):
        train(faces, folder / str(seed), Config(**{**vars_of(TEACHER), "seed": seed}))
    return [str(folder / "0"), str(folder / "1")]


def vars_of(config: Config) -> dict:
    return {name: getattr(config, name) for name in config.__slots__}


def ask(path: Path, names: list[str], data: MemoryFaces, said: list[str] | None = None) -> dict:
    classes = {"emotion": data.classes, "fer2013": ("happy", "sad")}
    says = (said if said is not None else []).append
    shown = partial(training_faces, data, None)
    return cached_answers(path, names, shown, classes, CPU, notice=says)


def test_answers_are_the_teacher_s_mean_over_the_views(
    faces: MemoryFaces, teachers: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "answers.safetensors"
    found = ask(path, teachers[:1], faces)
    assert found["emotion"].shape == (64, 3)
    np.testing.assert_allclose(found["emotion"].sum(1), 1, atol=1e-3)
    tensors, notes = read_tensors(path)
    key = teacher_digest(teachers[0])
    assert set(tensors) == {f"{key}/emotion", f"{key}/fer2013"}
    kept = tensors[f"{key}/emotion"]
    assert (kept.dtype, tuple(kept.shape)) == (torch.float16, (len(MIRRORED), 64, 3))
    assert notes["teachers"][key]["name"] == teachers[0]
    # The first view is the face as it is, the second its mirror image.
    teacher = RunTeacher(Path(teachers[0]), CPU)
    plain = to_pixels(torch.from_numpy(faces.splits["train"].faces(teacher.spec)))
    with torch.no_grad():
        for number, shown in enumerate((plain, plain.flip(3))):
            expected = teacher(shown)["emotion"]
            torch.testing.assert_close(kept[number].float(), expected, atol=2e-3, rtol=0)


def test_a_teacher_is_asked_once_and_another_is_added(
    faces: MemoryFaces, teachers: list[str], tmp_path: Path
) -> None:
    path, said = tmp_path / "answers.safetensors", []
    first = ask(path, teachers[:1], faces, said)
    assert len(said) == 1
    again = ask(path, teachers[:1], faces, said)
    assert len(said) == 1
    both = ask(path, teachers, faces, said)
    assert len(said) == 2
    assert teachers[1] in said[1]
    second = ask(path, teachers[1:], faces, said)
    for head in first:
        np.testing.assert_array_equal(first[head], again[head])
        np.testing.assert_allclose(both[head], (first[head] + second[head]) / 2, atol=1e-6)
        # Without names, all that are there.
        np.testing.assert_array_equal(ask(path, [], faces, said)[head], both[head])
    assert len(said) == 2


def test_a_stop_loses_no_more_than_a_part(
    faces: MemoryFaces, teachers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ask(tmp_path / "whole.safetensors", teachers[:1], faces)
    monkeypatch.setattr(teacher_cache, "PART", 24)
    path, answer = tmp_path / "answers.safetensors", RunTeacher.__call__
    asked: list[int] = []
    most = 30 * len(MIRRORED)

    def counted(self: RunTeacher, shown: torch.Tensor) -> object:
        asked.append(len(shown))
        if sum(asked) > most:
            raise KeyboardInterrupt
        return answer(self, shown)

    monkeypatch.setattr(RunTeacher, "__call__", counted)
    with pytest.raises(KeyboardInterrupt):
        ask(path, teachers[:1], faces)
    # What is not whole is not learnt from.
    with pytest.raises(UsageError, match="no answers yet"):
        ask(path, [], faces)
    asked.clear()
    most = 1000
    found = ask(path, teachers[:1], faces)
    assert sum(asked) == (64 - 24) * len(MIRRORED)
    for head, p in expected.items():
        np.testing.assert_allclose(found[head], p, atol=1e-3)


def test_answers_about_other_faces_are_refused(
    faces: MemoryFaces, teachers: list[str], clip_faces: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "answers.safetensors"
    ask(path, teachers[:1], faces)
    fewer = crying_and_laughing(clip_faces, 60, heads=True)
    with pytest.raises(UsageError, match="about other faces .digest .* computed anew"):
        ask(path, teachers[:1], fewer)
    with pytest.raises(UsageError, match="about other faces"):
        train(fewer, tmp_path / "run", Config(teacher_cache=str(path)))
    assert not (tmp_path / "run").exists()


def test_files_that_are_no_caches_are_refused(
    faces: MemoryFaces, teachers: list[str], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no answers yet: name the teachers"):
        ask(tmp_path / "none.safetensors", [], faces)
    weights = Path(teachers[0]) / "weights.safetensors"
    with pytest.raises(UsageError, match="holds no answers of teachers"):
        ask(weights, teachers, faces)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"half a fi")
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        ask(broken, teachers, faces)


def test_a_student_learns_from_answers_without_its_teacher(
    faces: MemoryFaces, teachers: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "answers.safetensors"
    ask(path, teachers[:1], faces)
    config = Config(
        epochs=8, batch=8, size=32, augment="light", warmup=0, ema=0.9, seed=3,
        teacher_cache=str(path), teacher_weight=1.0,
    )  # fmt: skip
    # With labels of no weight, what it knows it has from the answers.
    figures = train(faces, tmp_path / "run", config)
    assert figures["accuracy"] > 0.6


def write_pictures(folder: Path, pictures: np.ndarray) -> None:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number}.png"), picture)


def test_faces_without_labels_are_learnt_from_teachers(
    faces: MemoryFaces, teachers: list[str], clip_faces: np.ndarray, tmp_path: Path
) -> None:
    write_pictures(tmp_path / "more", clip_faces[:20])
    config = Config(
        epochs=1, batch=16, size=32, unlabeled=str(tmp_path / "more"), teacher=(teachers[0],),
        teacher_cache=str(tmp_path / "answers.safetensors"),
    )  # fmt: skip
    callback = Messages()
    train(faces, tmp_path / "run", config, callback=callback)
    assert any("Asking the teacher" in said for said in callback.messages)
    tensors, _ = read_tensors(tmp_path / "answers.safetensors")
    assert {t.shape[1] for t in tensors.values()} == {84}
    notes = read_tensors(tmp_path / "run")[1]
    assert "64 faces of faces with 3 classes" in notes["data"]
    assert "20 faces without labels" in notes["data"]
    # Asked at every step instead, they serve as well.
    live = Config(**{**vars_of(config), "teacher_cache": ""})
    train(faces, tmp_path / "live", live)


def test_a_limit_meets_faces_without_labels_as_well(
    faces: MemoryFaces, clip_faces: np.ndarray, tmp_path: Path
) -> None:
    write_pictures(tmp_path / "more", clip_faces[:20])
    spec = InputSpec(32, 32, 1, "gray")
    unlabeled = open_unlabeled(tmp_path / "more")
    arrays = make_arrays(faces, Config(limit=32), spec, unlabeled)
    assert arrays.unlabeled == 10
    assert (arrays.rows >= 64).sum() == 10
    assert len(arrays.faces) == 84
    assert all((t[64:] == 0).all() for t in arrays.targets.values())


def test_bad_folders_of_faces_without_labels(faces: MemoryFaces, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="learnt from teachers"):
        train(faces, tmp_path / "run", Config(unlabeled=str(tmp_path)))
    with pytest.raises(InputError, match="no folder"):
        open_unlabeled(tmp_path / "missing")
    with pytest.raises(InputError, match="holds no pictures"):
        open_unlabeled(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "b.png"), np.full((60, 60), 7, np.uint8))
    with pytest.raises(InputError, match="a.png: mend them"):
        open_unlabeled(tmp_path)
    assert len(open_unlabeled(tmp_path, skip_bad=True)) == 1


def test_sheets_give_the_middles_of_their_faces(shared: Path) -> None:
    folder = shared / "data" / "unlabelled"
    found = open_unlabeled(folder)
    assert len(found) == 13_288
    assert found.names[0] == (folder / "names.txt").read_text().splitlines()[0]
    sheet = cv2.imread(str(folder / "faces-01.webp"), cv2.IMREAD_GRAYSCALE)
    # The face 2,553 is the fourth of the second row of the second sheet.
    np.testing.assert_array_equal(found.picture(2553), sheet[89:151, 249:311])
