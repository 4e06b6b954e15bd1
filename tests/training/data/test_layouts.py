"""Each layout is written and read again; labels and splits come out as they went in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from helpers.data_sets import (
    gray48,
    write_competition,
    write_fer2013,
    write_folders,
    write_table,
)
from mimika.base.errors import InputError
from mimika.models.card import InputSpec
from mimika.training.data.dataset import open_data

SPEC = InputSpec(48, 48, 1, "gray")
FER2013_ORDER = ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def labels_of(data, split):
    return [data.classes[k] for k in data.splits[split].labels]


def test_a_folder_per_class_is_split_by_class(clip_faces, tmp_path):
    faces = clip_faces[:40]
    data = open_data(write_folders(tmp_path / "d", faces, ["Sad", "happy"] * 20))
    assert data.classes == ("happy", "sad")
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 32,
        "valid": 4,
        "test": 4,
    }
    for split in data.splits:
        assert data.counts(split)["happy"] == data.counts(split)["sad"]
    every = [name for split in data.splits.values() for name in split.names]
    assert len(set(every)) == 40
    again = open_data(tmp_path / "d")
    assert again.splits["valid"].names == data.splits["valid"].names
    other = open_data(tmp_path / "d", seed=1)
    assert other.splits["valid"].names != data.splits["valid"].names


def test_folders_of_splits_are_kept(clip_faces, tmp_path):
    splits = ["train"] * 20 + ["validation"] * 6 + ["test"] * 4
    data = open_data(write_folders(tmp_path / "d", clip_faces[:30], ["happy", "sad"] * 15, splits))
    assert [len(data.splits[s]) for s in ("train", "valid", "test")] == [20, 6, 4]


def test_own_classes_stay_and_are_alphabetical(clip_faces, tmp_path):
    names = ["bored", "Wide awake", "asleep"] * 10
    data = open_data(write_folders(tmp_path / "d", clip_faces[:30], names))
    assert data.classes == ("Wide awake", "asleep", "bored")


def test_the_competition(clip_faces, tmp_path):
    labels = ["anger", "happy", "uncertain"] * 10
    root = write_competition(tmp_path / "c", clip_faces[:30], labels, clip_faces[30:36])
    data = open_data(root)
    assert data.layout == "the competition's folder"
    assert data.classes == ("anger", "happy", "uncertain")
    # Its own test set has no labels, so none is split off.
    assert len(data.splits["test"]) == 0
    assert len(data.splits["train"]) + len(data.splits["valid"]) == 30


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"delimiter": ";"},
        {"delimiter": "\t"},
        {"end": "\r\n", "bom": True},
        {"header": None},
        {"header": ("Image Name", "Emotion")},
    ],
    ids=str,
)
def test_any_csv(how, clip_faces, tmp_path):
    write_folders(tmp_path, clip_faces[:12], ["happy", "sad"] * 6)
    rows = [(f"{('happy', 'sad')[i % 2]}/{i}.png", ("joy", "sadness")[i % 2]) for i in range(12)]
    data = open_data(write_table(tmp_path / "list.csv", rows, **how))
    assert data.classes == ("happy", "sad")
    for split in data.splits.values():
        for name, number in zip(split.names, split.labels, strict=True):
            assert name.startswith(data.classes[number])


@pytest.mark.parametrize(
    ("before", "encoding"),
    [("sep=;\r\n", "utf-8"), ("", "utf-16"), ("\r\n\r\n", "utf-8-sig"), ("", "utf-16-be")],
)
def test_tables_that_excel_saved(clip_faces, tmp_path, before, encoding):
    write_folders(tmp_path, clip_faces[:12], ["happy", "sad"] * 6)
    rows = [f"{('happy', 'sad')[i % 2]}/{i}.png;{('joy', 'sadness')[i % 2]}" for i in range(12)]
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = f"{mark}{before}path;label\r\n" + "\r\n".join(rows)
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    data = open_data(tmp_path / "list.csv")
    assert data.classes == ("happy", "sad")
    assert sum(len(split.names) for split in data.splits.values()) == 12


def test_a_table_that_holds_no_text_is_one_sentence(tmp_path):
    (tmp_path / "list.csv").write_bytes(b"path,label\na\0.png,happy\n")
    with pytest.raises(InputError, match="line 2 holds what is no text"):
        open_data(tmp_path / "list.csv")


def test_fer2013_alone_and_with_votes(clip_faces, tmp_path):
    faces = clip_faces[:6]
    usages = ["Training"] * 4 + ["PublicTest", "PrivateTest"]
    emotions = [0, 3, 6, 4, 3, 0]
    votes = [
        # neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, no face
        (0, 0, 0, 1, 9, 0, 0, 0, 0, 0),  # the one voice for sadness is noise
        (5, 5, 0, 0, 0, 0, 0, 0, 0, 0),  # a tie: out of ferplus-8, the first in FER+'s order here
        (0, 0, 0, 0, 0, 0, 0, 0, 8, 2),  # uncertain
        (0, 0, 0, 0, 0, 0, 0, 0, 1, 9),  # no face
        (2, 8, 0, 0, 0, 0, 0, 0, 0, 0),
        (0, 0, 10, 0, 0, 0, 0, 0, 0, 0),
    ]
    alone = open_data(write_fer2013(tmp_path / "a", faces, emotions, usages) / "fer2013.csv")
    assert labels_of(alone, "train") == ["anger", "happy", "neutral", "sad"]
    assert labels_of(alone, "valid") == ["happy"]
    np.testing.assert_array_equal(alone.splits["test"].faces(SPEC)[0, :, :, 0], gray48(faces[5]))
    both = write_fer2013(tmp_path / "b", faces, emotions, usages, votes)
    nine = open_data(both)
    assert labels_of(nine, "train") == ["anger", "neutral", "uncertain"]
    soft = nine.splits["train"].soft
    assert soft[0, nine.classes.index("anger")] == 1.0
    assert soft[1, nine.classes.index("happy")] == 0.5
    np.testing.assert_allclose(soft.sum(1), 1)
    further = nine.splits["train"].further["fer2013"]
    assert [further.classes[k] for k in further.labels] == ["anger", "happy", "neutral"]
    eight = open_data(both, labels="ferplus-8", to_train=False)
    assert labels_of(eight, "train") == ["anger"]
    assert labels_of(eight, "valid") == ["happy"]
    assert "uncertain" not in eight.classes


def test_the_votes_of_another_release_are_refused(clip_faces, tmp_path):
    root = write_fer2013(
        tmp_path / "a", clip_faces[:3], [0, 3, 6], ["Training"] * 3, [(10, *[0] * 9)] * 3
    )
    other = write_fer2013(
        tmp_path / "b", clip_faces[:2], [0, 3], ["Training"] * 2, [(10, *[0] * 9)] * 2
    )
    (root / "fer2013new.csv").write_bytes((other / "fer2013new.csv").read_bytes())
    with pytest.raises(InputError, match="same release"):
        open_data(root)


def test_the_second_call_reads_decoded_pictures(clip_faces, tmp_path, monkeypatch):
    root = write_folders(tmp_path / "d", clip_faces[:30], ["happy", "sad"] * 15)
    first = open_data(root).splits["train"].faces(SPEC)
    split = open_data(root).splits["train"]
    from mimika.training.data import picture_store

    def refuse(*_args, **_kwargs):
        raise AssertionError("decoded again")

    monkeypatch.setattr(picture_store, "read_picture", refuse)
    np.testing.assert_array_equal(split.faces(SPEC), first)
    monkeypatch.undo()
    # A picture that changes is decoded anew.
    changed = root / split.names[0]
    cv2.imwrite(str(changed), 255 - cv2.imread(str(changed)))
    assert not np.array_equal(open_data(root).splits["train"].faces(SPEC)[0], first[0])


def test_faces_are_cut_out_of_large_pictures_and_left_alone_otherwise(media, clip_faces, tmp_path):
    photo = cv2.imread(str(media / "obama.jpg"))
    wide = [np.roll(photo, k * 3, axis=1) for k in range(12)]
    cut = open_data(write_folders(tmp_path / "wide", wide, ["happy", "sad"] * 6))
    whole = open_data(write_folders(tmp_path / "tight", clip_faces[:12], ["happy", "sad"] * 6))
    assert (cut.crop, whole.crop) == ("face", "none")
    assert whole.crop_margin < 0.5
    spec = InputSpec(96, 96, 3, "rgb")
    a = cut.splits["train"].faces(spec)[0].astype(int)
    b = open_data(tmp_path / "wide", crop="none").splits["train"].faces(spec)[0].astype(int)
    assert np.abs(a - b).mean() > 20


def test_the_692_of_fer2013(shared):
    data = open_data(shared / "data" / "ferplus")
    assert len(data.duplicates.leaked) == 692
    assert len(data.splits["train"]) == 28_558 - 692 - 2  # two have no label under nine
    assert len(open_data(shared / "data" / "ferplus", labels="ferplus-8").splits["test"]) == 3152
    assert len(open_data(shared / "data" / "ferplus", labels="fer2013").splits["test"]) == 3552
