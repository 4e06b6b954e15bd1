"""Names of files: what a tilde means."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimika.base.errors import InputError
from mimika.base.names import path_of


def test_a_tilde_is_the_home_folder_but_for_names_that_begin_with_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("USERPROFILE", "/home/anna")
    assert path_of("~/film.mp4") == Path("/home/anna/film.mp4")
    assert path_of("~nobody.jpg") == Path("~nobody.jpg")
    (tmp_path / "~").mkdir()
    assert path_of("~") == Path("~")
    assert path_of("a/~") == Path("a/~")


@pytest.mark.parametrize("name", ["", "x" * 5000, "loop"])
def test_what_cannot_be_a_file_is_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError) as caught:
        path_of(name)
    assert "\n" not in str(caught.value)
    assert path_of("not there") == Path("not there")
    assert path_of("nul\0") == Path("nul\0")
