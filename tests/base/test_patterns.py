"""Patterns of files, where no shell expands them."""

from __future__ import annotations

import pytest

from mimika.base.patterns import is_pattern, matching


@pytest.fixture
def folder(tmp_path):
    for name in ("10.jpg", "2.jpg", "a.png", "trip [2024]/1.jpg", "trip [2024]/deep/3.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.jpg", ["2.jpg", "10.jpg"]),
        ("?.jpg", ["2.jpg"]),
        ("[0-9]*.jpg", ["2.jpg", "10.jpg"]),
        ("trip [2024]/*.jpg", ["trip [2024]/1.jpg"]),
        ("trip */*.jpg", ["trip [2024]/1.jpg"]),
        ("**/*.jpg", ["2.jpg", "10.jpg", "trip [2024]/1.jpg", "trip [2024]/deep/3.jpg"]),
        ("t* [2024]/*.jpg", ["trip [2024]/1.jpg"]),
        ("*.bmp", []),
    ],
)
def test_matches_come_in_natural_order_and_brackets_may_be_meant(folder, pattern, names):
    assert matching(str(folder / pattern)) == [folder / name for name in names]


def test_a_name_that_exists_is_no_pattern(folder):
    assert is_pattern(str(folder / "*.jpg"))
    assert not is_pattern(str(folder / "trip [2024]"))
    assert not is_pattern("photo.jpg")


def test_patterns_are_relative_to_where_one_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert [str(path) for path in matching("*.png")] == ["a.png"]
