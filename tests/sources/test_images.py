"""Folders and patterns of pictures."""

from __future__ import annotations

import shutil

import pytest

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
