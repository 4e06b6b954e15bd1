"""Folders and patterns of pictures."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

import mimika
from helpers.media import Tone, numbered, numbers_of, write_film
from mimika.base.errors import InputError
from mimika.sources.images import Images
from mimika.sources.open import open_source


@pytest.fixture
def folder(tmp_path, media):
    for name in ("10.png", "2.png", "фото 1.png"):
        shutil.copy(media / "astronaut.png", tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_natural_order_and_names(folder):
    with Images(folder) as pictures:
        assert [frame.name.rpartition("/")[2] for frame in pictures] == [
            "2.png",
            "10.png",
            "фото 1.png",
        ]


def test_several_at_once(folder):
    with Images([folder / "2.png", str(folder / "1*.png")]) as pictures:
        assert len(list(pictures)) == 2


def test_broken_ones_in_a_folder_are_counted_and_named(folder):
    (folder / "bad.jpg").write_bytes(b"no")
    with Images(folder) as pictures:
        assert len(list(pictures)) == 3
        assert pictures.dropped == 1
        (warning,) = [each for each in pictures.warnings if "left out" in each]
        assert "1 file was left out" in warning
        assert "bad.jpg" in warning


def test_a_broken_one_that_was_named_is_an_error(folder):
    (folder / "bad.jpg").write_bytes(b"no")
    with Images(folder / "bad.jpg") as pictures, pytest.raises(InputError, match=r"bad\.jpg"):
        list(pictures)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="holds no picture"):
        open_source(tmp_path)
    with pytest.raises(InputError, match="No picture matches"):
        open_source(str(tmp_path / "*.png"))
    with pytest.raises(InputError, match="There is no"):
        open_source(tmp_path / "none.png")


def names(pictures):
    return [Path(frame.name).name for frame in pictures]


def test_endings_of_any_case_and_of_phones(tmp_path, media):
    for name in ("a.JPG", "b.Jpeg", "c.jfif", "d.JFIF", "e.jpe"):
        shutil.copy(media / "obama.jpg", tmp_path / name)
    with Images(tmp_path) as pictures:
        assert names(pictures) == ["a.JPG", "b.Jpeg", "c.jfif", "d.JFIF", "e.jpe"]
        assert pictures.warnings == []


def test_what_a_folder_passes_over_is_counted_by_its_ending(folder):
    for name in ("a.mov", "b.MOV", "c.mp4", "d.svg", "e.CR2", "noending", ".DS_Store"):
        (folder / name).write_bytes(b"")
    (folder / "within").mkdir()
    with Images(folder) as pictures:
        assert len(names(pictures)) == 3
    (warning,) = pictures.warnings
    assert "Passed over 8 files of other kinds" in warning
    for part in (
        "2 .mov",
        "1 .mp4",
        "1 .svg",
        "1 .cr2",
        "1 .txt",
        "1 without an ending",
        "1 hidden",
    ):
        assert part in warning
    assert "films are for `mimika video`" in warning.lower()
    assert "exported as jpeg" in warning.lower()
    assert "1 folder: --recursive" in warning
    assert "\n" not in warning


def test_folders_in_folders(folder, media):
    for place in ("x/1.jpg", "x/y/2.jpg", "x/y/words.md", ".hidden/3.jpg"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(media / "obama.jpg", folder / place)
    (folder / "x" / "loop").symlink_to(folder)
    with Images(folder, recursive=True) as pictures:
        assert names(pictures) == ["2.png", "10.png", "1.jpg", "2.jpg", "фото 1.png"]
        assert "1 .md" in pictures.warnings[0]
    (folder / "deep").mkdir()
    shutil.copy(media / "obama.jpg", folder / "deep" / "z.jpg")
    with open_source(folder / "x", recursive=True) as pictures:
        assert len(names(pictures)) == 2
    with open_source(str(folder / "**" / "*.jpg")) as pictures:
        assert names(pictures) == ["z.jpg", "1.jpg", "2.jpg"]


@pytest.mark.parametrize(
    "name", ["trip [2024]", "[a-z]", "a*b", "what?", "50% {x} 'q' \"p\"", "-x"]
)
def test_folders_whose_names_look_like_patterns(tmp_path, media, name):
    place = tmp_path / name
    place.mkdir()
    for each in ("photo [1].jpg", "photo [2].jpg"):
        shutil.copy(media / "obama.jpg", place / each)
    for what, count in (
        (place, 2),
        (place / "*.jpg", 2),
        (place / "photo [1].jpg", 1),
        (place / "photo [*.jpg", 2),
    ):
        with open_source(str(what)) as pictures:
            assert len(names(pictures)) == count


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names in Unicode")
@pytest.mark.parametrize("raw", [b"caf\xe9.jpg", b"\xff\xfe.JPG", "имя.jpg".encode("cp1251")])
def test_names_that_are_no_utf_8(tmp_path, media, raw):
    folder = os.fsencode(tmp_path) + b"/\xe9"
    Path(os.fsdecode(folder)).mkdir()
    name = os.fsdecode(folder + b"/" + raw)
    shutil.copy(media / "obama.jpg", name)
    targets = [tmp_path / "a.csv", tmp_path / "a.jsonl", tmp_path / "out"]
    for what in (os.fsdecode(folder), name):
        summary = mimika.process(what, sinks=targets)
        assert summary.frames == 1
        assert "\\x" in (tmp_path / "a.csv").read_text(encoding="utf-8")
        assert "\\x" in json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))["name"]
    assert [os.fsencode(each.name).lower() for each in (tmp_path / "out").iterdir()] == [
        raw.lower()
    ]
    assert len(mimika.analyze(name)) == 1
    (result,) = mimika.analyze_many([Path(name)])
    json.dumps(result.to_dict(), ensure_ascii=False).encode()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names in Unicode")
@pytest.mark.parametrize(
    "name",
    [b"film \xe9.mp4", b"data:film.mp4", b"%03d.mp4", b"film [1].mp4", b"-film.mp4", b"a|b.mp4"],
)
def test_films_with_such_names(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    text = os.fsdecode(name)
    shutil.move(write_film(tmp_path / "a.mp4", numbered(12), sounds=[Tone(seconds=0.5)]), text)
    out = f"out {text}"
    summary = mimika.process(text, sinks=["a.csv", out])
    assert summary.frames == 12
    with open_source(out) as film:
        assert numbers_of(film) == list(range(12))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_pictures_on_their_side_are_turned_each_by_itself(tmp_path, media, degrees):
    Image.open(media / "obama.jpg").rotate(degrees, expand=True).save(tmp_path / "lying.jpg")
    shutil.copy(media / "obama.jpg", tmp_path / "standing.jpg")
    shutil.copy(media / "coffee.png", tmp_path / "cup.png")
    with Images(tmp_path, rotate="auto") as pictures:
        summary = [(Path(f.name).name, f.image.shape[:2]) for f in pictures]
        assert dict(summary)["lying.jpg"] == (1137, 910)
        (warning,) = pictures.warnings
        assert f"lying.jpg by {degrees} degrees" in warning
        assert "standing" not in warning
    with Images(tmp_path / "lying.jpg", rotate=degrees) as pictures:
        (frame,) = pictures
        assert frame.image.shape == (1137, 910, 3)
        assert pictures.warnings == []
