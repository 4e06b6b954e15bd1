"""The submission follows the sample in every byte but the labels."""

from __future__ import annotations

import csv

import cv2
import pytest

from helpers.data_sets import write_competition, write_table
from mimika.apps.cli.main import run
from mimika.training.submission import read_sample


@pytest.fixture
def competition(clip_faces, tmp_path):
    third = len(clip_faces) // 3
    train = [*clip_faces[0:third:10], *clip_faces[2 * third :: 10]]
    labels = ["sad"] * len(clip_faces[0:third:10])
    labels += ["happy"] * (len(train) - len(labels))
    labels[:7] = ["anger", "contempt", "disgust", "fear", "neutral", "surprise", "uncertain"]
    test = [*clip_faces[5:third:10], *clip_faces[2 * third + 5 :: 10]]
    root = write_competition(tmp_path / "c", train, labels, test)
    sad = len(clip_faces[5:third:10])
    answers = [(f"{n}.jpg", "sad" if n < sad else "happy") for n in range(len(test))]
    write_table(root / "solution.csv", answers, header=("image_path", "emotion"), end="\r\n")
    return root


def test_a_full_rehearsal(competition, tmp_path, capsys):
    out = tmp_path / "submission.csv"
    line = ["submit", "default", str(competition), "-o", str(out)]
    assert run([*line, "--solution", str(competition / "solution.csv")]) == 0
    sample = (competition / "sample_submission.csv").read_bytes()
    written = out.read_bytes()
    assert written.count(b"\r\n") == sample.count(b"\r\n")
    assert [row.split(b",")[0] for row in written.split(b"\r\n")] == [
        row.split(b",")[0] for row in sample.split(b"\r\n")
    ]
    with out.open(newline="") as file:
        said = {row["image_path"]: row["emotion"] for row in csv.DictReader(file)}
    with (competition / "solution.csv").open(newline="") as file:
        true = {row["image_path"]: row["emotion"] for row in csv.DictReader(file)}
    right = sum(said[name] == label for name, label in true.items())
    assert right / len(true) > 0.7
    assert f"{right} of {len(true)}" in capsys.readouterr().out


def test_the_real_sample_keeps_its_form(shared):
    path = shared / "data" / "skillbox" / "sample_submission.csv"
    sample = read_sample(path)
    assert len(sample.names) == 5000
    assert sample.render(["neutral"] * 5000) == path.read_bytes()


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        (b"\xef\xbb\xbfimage_path,emotion\n1.jpg,neutral\n", ["neutral"]),
        (b"image_path,emotion\r\n1.jpg,neutral", ["neutral"]),
        (b"emotion,image_path\n" + b"neutral,2.jpg\nneutral,1.jpg\n", ["neutral", "neutral"]),
    ],
)
def test_other_forms_are_kept_too(raw, labels, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(raw)
    assert read_sample(path).render(labels) == raw


def spoil_missing(root):
    (root / "test_kaggle" / "3.jpg").unlink()


def spoil_picture(root):
    (root / "test_kaggle" / "3.jpg").write_bytes(b"no")


def spoil_folder(root):
    (root / "test_kaggle").rename(root / "elsewhere")


def spoil_sample(root):
    (root / "sample_submission.csv").unlink()


def spoil_header(root):
    (root / "sample_submission.csv").write_text("id,answer\n1,2\n")


def spoil_twice(root):
    (root / "sample_submission.csv").write_text("image_path,emotion\n1.jpg,sad\n1.jpg,sad\n")


def spoil_climb(root):
    (root / "sample_submission.csv").write_text("image_path,emotion\n../1.jpg,sad\n")


def spoil_classes(root):
    text = (root / "train.csv").read_text().replace(",disgust\n", ",yuck\n")
    (root / "train.csv").write_text(text)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_missing, "lacks 1 of the"),
        (spoil_picture, "1 test pictures cannot be read: 3.jpg"),
        (spoil_folder, "no folder"),
        (spoil_sample, "no sample submission"),
        (spoil_header, "one of paths"),
        (spoil_twice, "names pictures twice: 1.jpg"),
        (spoil_climb, "lies outside"),
        (spoil_classes, "gives disgust, which train.csv does not know"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(spoil, words, competition, tmp_path, capsys):
    spoil(competition)
    out = tmp_path / "submission.csv"
    out.write_text("an older one")
    assert run(["submit", "default", str(competition), "-o", str(out), "--overwrite"]) == 3
    assert words in " ".join(capsys.readouterr().err.split())
    assert out.read_text() == "an older one"
    assert [p.name for p in tmp_path.glob("*.part*")] == []


def test_a_wrong_solution_is_refused_before_anything_is_written(competition, tmp_path, capsys):
    out = tmp_path / "submission.csv"
    line = ["submit", "default", str(competition), "-o", str(out)]
    assert run([*line, "--solution", str(tmp_path / "none.csv")]) == 3
    assert "none.csv cannot be read" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_extra_pictures_are_named(competition, tmp_path, capsys, clip_faces):
    cv2.imwrite(str(competition / "test_kaggle" / "900.jpg"), clip_faces[0])
    assert run(["submit", "default", str(competition), "-o", str(tmp_path / "s.csv")]) == 0
    assert "1 pictures" in (told := capsys.readouterr().err)
    assert "900.jpg" in told
