"""Names that are no UTF-8, look like markup or hold control characters, through every verb."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys

import pytest

from helpers.command import MIMIKA, environment
from mimika.apps.cli._verbs import GROUPS
from mimika.apps.cli.main import run as main

pytestmark = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="their file systems refuse such names"
)

NAMES = [
    b"party [final]",
    b"[red]x[",
    b"[y] :heart:",
    b"{name} %s",
    b"caf\xe9",
    b"two\nlines",
    b"\x1b[31mred",
    "грусть".encode(),
]
VERBS = [verb for verbs in GROUPS.values() for verb in verbs]


def names_in(folder):
    return {os.fsencode(each.name) for each in folder.iterdir()}


def run(*words, folder, encoding="utf-8", **variables):
    env = environment() | {"PYTHONIOENCODING": encoding} | variables
    ended = subprocess.run(
        [*MIMIKA, *words], cwd=folder, env=env, capture_output=True, timeout=120, check=False
    )
    assert b"Traceback" not in ended.stderr, ended.stderr.decode(errors="replace")
    assert b"\x1b" not in ended.stdout + ended.stderr, "a name must not steer the terminal"
    return ended


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_and_its_tables(tmp_path, media, name):
    shutil.copy(media / "astronaut.png", os.fsencode(tmp_path) + b"/" + name + b".png")
    words = ["--csv", "a.csv", "--jsonl", "a.jsonl", "--output", "seen"]
    ended = run(b"image", name + b".png", *words, folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout.decode().splitlines()
    assert len(shown) == 2
    for part in ("party [final]", "[red]x[", "[y] :heart:", "{name} %s", "грусть"):
        if part.encode() == name:
            assert shown[0] == f"{part}.png: 1 face"
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert [row["emotion"] for row in csv.DictReader(file)] == ["happy"]
    line = (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert json.loads(line)["name"] == name.decode("utf-8", "backslashreplace") + ".png"
    assert names_in(tmp_path / "seen") == {name + b".png"}


def test_a_folder_that_opens_a_tag_and_a_file_that_closes_it(tmp_path, media):
    (tmp_path / "x[").mkdir()
    shutil.copy(media / "astronaut.png", tmp_path / "x[" / "y].png")
    ended = run("image", "x[/y].png", folder=tmp_path)
    assert ended.stdout.decode().startswith("x[/y].png: 1 face")


@pytest.mark.parametrize("name", NAMES)
def test_a_film(tmp_path, media, name):
    gif = os.fsencode(tmp_path) + b"/" + name + b".gif"
    shutil.copy(media / "people-detection.gif", gif)
    shutil.copy(media / "people-detection.gif", tmp_path / "other.gif")
    ended = run(b"video", name + b".gif", b"other.gif", b"--csv", b"tables", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert names_in(tmp_path / "tables") == {name + b".csv", b"other.csv"}


def words_for(verb, missing, unwritable):
    """Words for a verb with the names of a file that is not there, and of one that cannot be."""
    return {
        "webcam": [missing],
        "demo": ["--no-window", "--model", missing],
        "cameras": ["--json", unwritable],
        "bench": ["--model", missing],
        "engines": ["--model", missing],
        "evaluate": [missing, missing],
        "audit": [missing, missing],
        "submit": [missing, missing],
        "calibrate": [missing, missing],
        "export": [missing, "-o", "o.onnx"],
        "adopt": [missing, "--classes", "a,b", "--size", "8", "-o", "o.onnx"],
        "quantize": [missing, missing, "-o", "o.onnx"],
        "serve": ["--certificate", missing, "--key", missing, "--no-open", "--port", "0"],
        "audience": [missing, "--film", missing],
        "batch": [missing, "-o", "data"],
        "web": [unwritable],
    }.get(verb, [missing])


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_a_strange_name_in_one_sentence(tmp_path, monkeypatch, capsys, verb):
    monkeypatch.chdir(tmp_path)
    for name in map(os.fsdecode, NAMES):
        assert main([verb, *words_for(verb, f"{name}/none", f"/proc/none/{name}")]) not in {0, 1}
        said = capsys.readouterr().err.splitlines()[-1]
        assert "\x1b" not in said
        if verb != "web" or "npm" not in said:
            assert ("[final]" in said) == ("final" in name), said


@pytest.mark.parametrize("name", ["x" * 300, ""])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_a_name_that_no_file_has(tmp_path, monkeypatch, capsys, verb, name):
    monkeypatch.chdir(tmp_path)
    assert main([verb, *words_for(verb, name, name)]) not in {0, 1}
    assert capsys.readouterr().err.splitlines()[-1].startswith("mimika: ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_console_that_is_not_utf8(tmp_path, media, encoding):
    shutil.copy(media / "astronaut.png", tmp_path / "грусть.png")
    clean = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for words in (
        ["image", str(media / "astronaut.png"), "--lang", "ru"],
        ["image", "грусть.png"],
        ["demo", "--no-window", "--lang", "ru"],
        ["image", "--help"],
        ["--help"],
        ["models"],
    ):
        clean |= {} if "грусть.png" not in words else {"PYTHONUTF8": "1"}
        ended = run(*words, folder=tmp_path, encoding=encoding, **clean)
        assert ended.returncode == 0, ended.stderr
        ended.stdout.decode(encoding)


def test_a_data_set_and_its_report(tmp_path, demo_clip):
    pytest.importorskip("torch", reason="needs the train extra")
    from helpers.data_sets import write_folders
    from helpers.faces_in_memory import clip_pictures

    faces = clip_pictures(demo_clip, every=40)
    root = write_folders(
        tmp_path / "faces", faces, [("happy", "sad")[i % 2] for i in range(len(faces))]
    )
    shutil.copy(next(root.rglob("*.png")), os.fsencode(root) + b"/happy/[red]x caf\xe9 [y].png")
    ended = run("dataset", "faces", "--json", "d.json", "--skip-bad", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
