"""Small manners of the command line: hints as they were typed, going on, options that count."""

from __future__ import annotations

import re
import shutil
import sys
import time
from itertools import chain
from pathlib import Path

import pytest

from mimika.apps import cli
from mimika.apps.cli._verbs import offered
from mimika.apps.cli.main import _interrupt_again, run
from mimika.apps.words import clock

VERBS = Path(cli.__file__).parent


@pytest.fixture
def as_main(monkeypatch):
    monkeypatch.setenv("MIMIKA_COMMAND", "python3 main.py")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["vidoe"], "did you mean `python3 main.py video`"),
        (["photo.jpg"], "`python3 main.py image photo.jpg`"),
        (["image"], "`python3 main.py image FILES`. See `python3 main.py image --help`"),
        (["image", "a.jpg", "--model", "none"], None),
        (["nonsense"], "`python3 main.py --help` lists them"),
    ],
)
def test_hints_have_the_form_that_was_typed(as_main, capsys, words, hint):
    assert run(words) > 0
    said = " ".join(capsys.readouterr().err.split())
    assert "`mimika" not in said
    assert hint is None or hint in said


def test_help_has_the_form_that_was_typed(as_main, capsys):
    assert run(["video", "--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage: python3 main.py video" in said
    assert "python3 main.py video film.mp4" in said
    assert "mimika video film.mp4" not in said
    assert "python3 main.py models" in " ".join(said.replace("│", " ").split())


@pytest.mark.parametrize("verb", [verb for verbs in offered().values() for verb in verbs])
def test_no_help_names_a_command_in_another_form(as_main, capsys, verb):
    assert run([verb, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert not re.search(r"(?<!-m )\bmimika [a-z]", said)


def test_a_bad_picture_among_others_does_not_stop_them(mimika, media, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    words = "image", "bad.jpg", media / "astronaut.png", "--csv", "seen.csv"
    ended = mimika(*words, code=3)
    assert "astronaut.png: 1 face" in ended.stdout
    assert "bad.jpg" in ended.stderr
    assert len((tmp_path / "seen.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert "bad.jpg" in mimika("image", "bad.jpg", code=3).stderr


def test_a_bad_picture_in_a_folder_tells_by_the_exit_code(mimika, media, tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "bad.jpg").write_bytes(b"no picture")
    shutil.copy(media / "astronaut.png", tmp_path / "all")
    ended = mimika("image", "all", code=3)
    assert "astronaut.png: 1 face" in ended.stdout
    assert "1 file was left out" in ended.stderr


@pytest.mark.parametrize("option", ["--every", "--people", "--raw", "--no-window"])
def test_pictures_take_no_options_of_streams(capsys, option, media):
    assert run(["image", "--help"]) == 0
    assert f"{option} " not in capsys.readouterr().out
    value = [] if option in {"--raw", "--no-window"} else ["3"]
    assert run(["image", str(media / "astronaut.png"), option, *value]) == 2
    assert f"Unknown option: {option}" in " ".join(capsys.readouterr().err.split())


def test_ctrl_c_while_a_library_is_loaded_is_an_ordinary_end(monkeypatch, capsys, media):
    def interrupted(*_, **__):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("mimika.sources.images.Images.__init__", interrupted)
    assert run(["image", str(media / "astronaut.png")]) == 130
    assert capsys.readouterr().err == "mimika: stopped.\n"


def test_a_folder_without_anything_to_see_is_said(capsys, tmp_path):
    assert run([str(tmp_path)]) == 2
    assert "no picture and no film" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0:00.0"), (59.96, "1:00.0"), (3599.97, "1:00:00.0"), (3723.4, "1:02:03.4")],
)
def test_times_never_have_sixty_seconds(seconds, shown):
    assert clock(seconds) == shown


def test_no_sentence_names_a_command_that_main_py_does_not_have():
    """A hint is between backticks, by which it gets the form that was typed."""
    bare = re.compile(rf"(?<![`./\w])mimika ({'|'.join(chain(*offered().values()))})\b[^`\n]*\"")
    for path in VERBS.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [line for line in lines if "print(" in line and bare.search(line)]
        assert not found, path.name


def test_ctrl_c_that_a_library_could_not_pass_on_is_not_lost():
    class Holding:
        def __del__(self):
            raise KeyboardInterrupt

    before = sys.unraisablehook
    sys.unraisablehook = _interrupt_again
    try:
        with pytest.raises(KeyboardInterrupt):
            Holding()
            time.sleep(60)
    finally:
        sys.unraisablehook = before
