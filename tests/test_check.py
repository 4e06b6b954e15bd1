"""`check.py` runs the parts that it is asked for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EVERYTHING = {"lint", "types", "docs", "web", "tests"}


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check", ROOT / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("words", "parts", "for_pytest"),
    [
        ("", EVERYTHING, []),
        ("--slow", EVERYTHING, ["-m", "slow or not slow"]),
        ("-k tracker", EVERYTHING, ["-k", "tracker"]),
        ("lint types", {"lint", "types"}, []),
        ("format", {"format"}, []),
        ("tests sinks training/data -x", {"tests"}, ["tests/sinks", "tests/training/data", "-x"]),
        ("coverage sinks", {"coverage"}, ["tests/sinks"]),
        ("tests --slow", {"tests"}, ["-m", "slow or not slow"]),
    ],
)
def test_words_are_parts_or_go_to_pytest(check, words, parts, for_pytest):
    assert check.split(words.split()) == (parts, for_pytest)


def test_each_part_has_commands_and_only_format_changes_files(check, tmp_path):
    every = check.commands(set(check.PARTS), [], str(tmp_path))
    assert list(every) == list(check.PARTS)
    for part, lines in every.items():
        assert lines or part == "web"
        words = {str(word) for line in lines for word in line}
        assert part == "format" or "--fix" not in words


def test_it_says_how_much_it_downloads_before_it_does(check, monkeypatch, capsys, tmp_path):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "STAMP", tmp_path / "none")
    monkeypatch.setattr(check.venv, "create", stop)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(KeyboardInterrupt):
        check.set_up()
    text = capsys.readouterr().out
    assert "3.5 GB" in text
    assert "PIP_EXTRA_INDEX_URL" in text
