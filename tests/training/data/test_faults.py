"""What spoils a data set is named in one sentence; with skip_bad the rest is used."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from helpers.data_sets import write_competition, write_fer2013, write_folders, write_table
from mimika.apps.cli.main import run
from mimika.base.errors import InputError
from mimika.training.data.dataset import open_data


@pytest.fixture
def folders(clip_faces, tmp_path):
    return write_folders(tmp_path / "d", clip_faces[:30], ["happy", "neutral", "sad"] * 10)


def said(path, **how):
    with pytest.raises(InputError) as caught:
        open_data(path, **how)
    return str(caught.value)


def test_unreadable_pictures(folders):
    (folders / "happy" / "0.png").write_bytes(b"not a picture")
    whole = (folders / "sad" / "2.png").read_bytes()
    (folders / "sad" / "2.png").write_bytes(whole[: len(whole) // 2])
    words = said(folders)
    assert "2 unreadable pictures" in words
    assert "happy/0.png" in words
    assert "--skip-bad" in words
    kept = open_data(folders, skip_bad=True)
    assert sum(map(len, kept.splits.values())) == 28
    assert len(kept.problems) == 2


def test_a_picture_in_a_folder_with_spaces_and_colons_is_named_whole(clip_faces, tmp_path):
    folder = write_folders(tmp_path / "my: own [x]", clip_faces[:30], ["happy", "sad"] * 15)
    (folder / "happy" / "0.png").rename(folder / "happy" / "a: b c.png")
    (folder / "happy" / "a: b c.png").write_bytes(b"not a picture")
    words = said(folder)
    assert "happy/a: b c.png (is not a picture that Mimika can read)" in words


def test_missing_pictures_paths_outside_and_empty_labels(folders, tmp_path):
    rows = [
        (f"d/{('happy', 'sad')[i % 2]}/{i // 2 * 3 + (i % 2) * 2}.png", "happy") for i in range(8)
    ]
    rows += [
        ("d/none.png", "sad"),
        ("../secret.png", "sad"),
        ("/etc/passwd", "sad"),
        ("d/x.png", ""),
    ]
    table = write_table(tmp_path / "t.csv", rows)
    words = said(table)
    assert "1 missing picture" in words
    assert "2 paths outside" in words
    assert "1 unusable row" in words
    assert "d/none.png (there is no such file)" in words
    assert open_data(table, skip_bad=True).classes == ("happy",)


def test_an_empty_class_and_a_class_only_in_valid(clip_faces, tmp_path):
    root = write_folders(
        tmp_path / "d",
        clip_faces[:24],
        ["happy", "sad"] * 10 + ["fear"] * 4,
        ["train"] * 14 + ["valid"] * 10,
    )
    (root / "train" / "disgust").mkdir()
    words = said(root)
    assert "1 empty class," in words
    assert "fear (its 4 pictures are all in valid)" in words
    assert open_data(root, skip_bad=True).classes == ("happy", "sad")


def test_one_picture_in_a_class_is_said(clip_faces, tmp_path):
    data = open_data(
        write_folders(tmp_path / "d", clip_faces[:21], ["happy", "sad"] * 10 + ["fear"])
    )
    assert any("Fewer than two training pictures: fear (1)" in note for note in data.notes)


def test_unknown_labels_among_known_ones(clip_faces, tmp_path):
    root = write_folders(tmp_path / "d", clip_faces[:20], ["happy", "sad", "hapy", "sad"] * 5)
    words = said(root)
    assert "5 unknown labels" in words
    assert "'hapy' is not one of the nine emotions" in words
    assert open_data(root, labels="own").classes == ("happy", "hapy", "sad")


def test_white_pictures_are_mentioned(clip_faces, tmp_path):
    faces = np.concatenate([clip_faces[:20], np.full_like(clip_faces[:3], 255)])
    data = open_data(write_folders(tmp_path / "d", faces, ["happy", "sad"] * 11 + ["sad"]))
    assert any("3 pictures have one color" in note for note in data.notes)


def test_equal_pictures_across_splits_and_under_two_labels(clip_faces, tmp_path):
    faces = [*clip_faces[:20], clip_faces[0], clip_faces[1]]
    root = write_folders(
        tmp_path / "d",
        faces,
        ["happy", "sad"] * 10 + ["happy", "happy"],
        ["train"] * 16 + ["valid"] * 6,
    )
    data = open_data(root)
    assert len(data.duplicates.leaked) == 2
    assert len(data.splits["train"]) == 14
    assert len(data.duplicates.two_labels) == 1
    assert len(open_data(root, keep_leaks=True).splits["train"]) == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "name one `path` and one `label`"),
        (b"\xff\xfe\x00broken", "not UTF-8"),
        (b"path,label\n", "no usable row"),
    ],
)
def test_tables_that_are_none(text, words, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(text)
    assert words in said(path)


def test_what_is_no_data_set(tmp_path):
    assert "There is no data set" in said(tmp_path / "none")
    (tmp_path / "a.zip").write_bytes(b"PK")
    assert "unpack it" in said(tmp_path / "a.zip")
    (tmp_path / "empty").mkdir()
    assert "no data set that Mimika knows" in said(tmp_path / "empty")


def test_a_broken_row_of_fer2013(clip_faces, tmp_path):
    root = write_fer2013(
        tmp_path, clip_faces[:12], [3, 4] * 6, ["Training"] * 9 + ["PublicTest"] * 3
    )
    path = root / "fer2013.csv"
    lines = path.read_text().splitlines()
    lines[3] = "9," + lines[3].split(",", 1)[1]
    lines[4] = lines[4].replace(" ", "", 1)
    path.write_text("\n".join(lines) + "\n")
    words = said(path)
    assert "2 unusable rows" in words
    assert "the emotion 9 is not from 0 to 6" in words
    assert len(open_data(path, skip_bad=True).splits["train"]) == 7


def test_the_command_lists_everything_and_draws_samples(folders, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    assert run(["dataset", str(folders), "--sheet", str(sheet)]) == 0
    told = capsys.readouterr().out
    assert "a folder per class" in told
    assert "happy" in told
    picture = cv2.imread(str(sheet))
    assert picture.std() > 20
    (folders / "happy" / "0.png").write_bytes(b"")
    assert run(["dataset", str(folders), "--sheet", str(sheet), "--overwrite"]) == 3
    ended = capsys.readouterr()
    assert "unreadable: happy/0.png" in ended.out
    assert "has faults (1, listed above)" in ended.err
    assert run(["dataset", str(folders), "--sheet", str(sheet), "--skip-bad", "--overwrite"]) == 0


def test_pictures_that_the_table_does_not_name(clip_faces, tmp_path):
    root = write_competition(
        tmp_path / "c", clip_faces[:30], ["anger", "happy"] * 15, clip_faces[30:33]
    )
    cv2.imwrite(str(root / "train" / "anger" / "extra.jpg"), clip_faces[0])
    assert any(
        "1 pictures in train/ are not in train.csv" in note for note in open_data(root).notes
    )
