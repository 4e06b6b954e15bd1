"""Names of files: what a tilde means."""

from __future__ import annotations

from pathlib import Path

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
