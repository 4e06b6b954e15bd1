"""Data sets as they come out of an archive: a folder deeper, a table alone, bare numbers."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from helpers.data_sets import write_fer2013, write_folders, write_table
from mimika.base.errors import InputError
from mimika.training.config import Config
from mimika.training.data.dataset import open_data
from mimika.training.run import train

LABELS = ["happy", "sad"] * 12
SPLITS = ["train"] * 16 + ["valid"] * 8


@pytest.mark.parametrize("above", ["archive", "archive/images", "data/data"])
@pytest.mark.parametrize("splits", [None, SPLITS])
def test_an_archive_unpacked_deeper(clip_faces, tmp_path, above, splits):
    write_folders(tmp_path / above, clip_faces[:24], LABELS, splits)
    (tmp_path / above.split("/")[0] / "README.txt").write_text("about")
    data = open_data(tmp_path)
    assert data.classes == ("happy", "sad")
    if splits:
        assert [len(data.splits[name]) for name in ("train", "valid")] == [16, 8]


def test_a_split_that_was_packed_into_a_folder_of_its_own(clip_faces, tmp_path):
    write_folders(tmp_path / "train" / "train", clip_faces[:16], LABELS[:16])
    write_folders(tmp_path / "test", clip_faces[16:24], LABELS[16:])
    data = open_data(tmp_path)
    assert data.classes == ("happy", "sad")
    assert len(data.splits["test"]) == 8


@pytest.mark.parametrize(
    "beginning", ["faces/", "./data/faces/", "/kaggle/input/faces/", "C:\\me\\faces\\", "../faces/"]
)
def test_paths_that_begin_above_the_folder(clip_faces, tmp_path, beginning):
    root = write_folders(tmp_path / "faces", clip_faces[:24], LABELS, ["train"] * 24)
    rows = [(f"{beginning}train/{label}/{i}.png", label) for i, label in enumerate(LABELS)]
    write_table(root / "labels.csv", [*rows, (f"{beginning}train/happy/none.png", "happy")])
    with pytest.raises(InputError, match="1 missing picture: train/happy/none.png"):
        open_data(root / "labels.csv")
    data = open_data(root / "labels.csv", skip_bad=True)
    assert sum(len(split) for split in data.splits.values()) == 24
    if not beginning.startswith(".."):
        cut = beginning.replace("\\", "/").removeprefix("./")
        assert f"read without the beginning {cut!r}." in data.notes[0]


def test_paths_are_not_cut_where_few_would_be_found(clip_faces, tmp_path):
    root = write_folders(tmp_path / "faces", clip_faces[:4], ["happy", "sad"] * 2)
    rows = [(f"other/{label}/{i}.png", label) for i, label in enumerate(LABELS)]
    write_table(root / "labels.csv", rows)
    with pytest.raises(InputError, match=r"no usable picture. The first: other/happy"):
        open_data(root / "labels.csv")


def test_an_emotion_alone_is_a_class_also_with_folders_inside(clip_faces, tmp_path):
    for part in ("a", "b"):
        write_folders(tmp_path / "happy", clip_faces[:4], [part] * 4)
    assert open_data(tmp_path, to_train=False).classes == ("happy",)


def test_a_single_class_is_refused_before_training(clip_faces, tmp_path):
    write_folders(tmp_path / "d", clip_faces[:24], ["archive"] * 24)
    with pytest.raises(InputError, match=r"single class, archive, and training needs two"):
        train(tmp_path / "d", tmp_path / "run", Config(epochs=1, size=32))
    assert not (tmp_path / "run").exists()


def test_a_network_that_cannot_be_exported_is_refused_before_training(
    clip_faces, tmp_path, monkeypatch
):
    from mimika.base.errors import ModelError
    from mimika.training import export as exporting

    def fails(*_args, **_kwargs):
        raise RuntimeError("unsupported operator aten::strange\nmore")

    monkeypatch.setattr(exporting, "export", fails)
    write_folders(tmp_path / "d", clip_faces[:24], LABELS)
    config = Config(epochs=1, network="timm:mobilenetv3_small_050", size=32, weights="none")
    with pytest.raises(ModelError, match=r"cannot be exported to ONNX \(unsupported operator"):
        train(tmp_path / "d", tmp_path / "run", config)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_only_the_table_of_pixels(clip_faces, tmp_path):
    """As the challenge's archive on Kaggle: train.csv with labels, test.csv without."""
    made = write_fer2013(tmp_path / "made", clip_faces[:24], [3, 4] * 12, ["Training"] * 24)
    folder = tmp_path / "challenge"
    folder.mkdir()
    shutil.copy(made / "fer2013.csv", folder / "train.csv")
    lines = (made / "fer2013.csv").read_text().splitlines()[:5]
    rows = [",".join(line.split(",")[1:]) for line in lines]
    (folder / "test.csv").write_text("\n".join(rows) + "\n")
    data = open_data(folder)
    assert data.classes == ("happy", "sad")
    assert sum(map(len, data.splits.values())) == 24
    assert any("test.csv" in note for note in data.notes)


def test_a_table_that_cannot_be_read_does_not_matter_beside_classes(clip_faces, tmp_path):
    write_folders(tmp_path, clip_faces[:24], LABELS)
    (tmp_path / "notes.csv").write_bytes("заметки".encode("cp1251"))
    assert open_data(tmp_path).classes == ("happy", "sad")
    (tmp_path / "alone").mkdir()
    (tmp_path / "notes.csv").rename(tmp_path / "alone" / "notes.csv")
    with pytest.raises(InputError, match="not UTF-8"):
        open_data(tmp_path / "alone")


def test_a_sample_submission_is_no_table_of_labels(clip_faces, tmp_path):
    write_folders(tmp_path / "images", clip_faces[:12], ["all"] * 12)
    rows = [(f"images/all/{i}.png", LABELS[i]) for i in range(12)]
    write_table(tmp_path / "labels.csv", rows)
    write_table(tmp_path / "sample_submission.csv", [("images/all/1.png", "happy")])
    assert open_data(tmp_path).classes == ("happy", "sad")


@pytest.mark.parametrize("cell", ["{i}", "{i}.png", "all/{i}"])
def test_pictures_are_found_by_number_or_name_alone(clip_faces, tmp_path, cell):
    write_folders(tmp_path / "images", clip_faces[:12], ["all"] * 12)
    rows = [(cell.format(i=i), LABELS[i]) for i in range(12)]
    header = ("id", "label")
    if cell == "all/{i}":
        rows = [(f"images/{path}", label) for path, label in rows]
    data = open_data(write_table(tmp_path / "labels.csv", rows, header=header))
    assert sum(map(len, data.splits.values())) == 12
    for split in data.splits.values():
        for name, number in zip(split.names, split.labels, strict=True):
            index = int(name.rsplit("/", 1)[1].removesuffix(".png"))
            assert data.classes[number] == LABELS[index]


def test_a_name_that_several_pictures_have_is_not_guessed(clip_faces, tmp_path):
    write_folders(tmp_path / "a", clip_faces[:2], ["x"] * 2)
    write_folders(tmp_path / "b", clip_faces[2:4], ["x"] * 2)
    table = write_table(tmp_path / "labels.csv", [("0", "happy"), ("1", "sad")])
    with pytest.raises(InputError, match="no usable picture"):
        open_data(table)


def test_faces_are_the_same_wherever_the_archive_was_unpacked(clip_faces, tmp_path):
    from mimika.models.card import InputSpec

    spec = InputSpec(32, 32, 1, "gray")
    here = open_data(write_folders(tmp_path / "a", clip_faces[:24], LABELS, SPLITS))
    write_folders(tmp_path / "b" / "archive", clip_faces[:24], LABELS, SPLITS)
    deeper = open_data(tmp_path / "b")
    faces = [data.splits["train"].faces(spec) for data in (here, deeper)]
    np.testing.assert_array_equal(*faces)
