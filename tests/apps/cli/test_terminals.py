"""Odd terminals, pipes and devices: what is shown stays whole, what cannot be is one sentence."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from helpers.command import MIMIKA, environment
from mimika.apps.cli.main import run

FULL = Path("/dev/full")


def mimika(*words, **variables):
    return subprocess.run(
        [*MIMIKA, *map(str, words)],
        env=environment() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_terminal_without_a_width(media):
    assert "happy" in mimika("image", media / "obama.jpg", COLUMNS="0").stdout


def test_numbers_are_whole_on_40_columns(demo_clip):
    shown = mimika("video", demo_clip, "--no-window", "--to", "2", COLUMNS="40").stdout
    assert "…" not in shown
    assert "0:00.0" in shown
    assert max(map(len, shown.splitlines())) <= 40


@pytest.mark.skipif(not FULL.exists(), reason="needs Linux")
@pytest.mark.parametrize("words", [["--help"], ["models"]])
def test_a_full_standard_output_is_one_sentence(words):
    with FULL.open("w") as full:
        ended = subprocess.run(
            [*MIMIKA, *words],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 6
    assert "is full" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["image", "video", "report"])
def test_the_address_of_a_file_is_named_as_such(capsys, tmp_path, verb):
    words = ["-o", str(tmp_path / "out")] if verb == "report" else []
    assert run([verb, "file:///home/me/film.mp4", *words]) == 3
    assert "without file://" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipes_and_devices_are_no_films_and_no_tables(capsys, demo_clip, media, tmp_path):
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    # Opened for both ways, nobody waits for the other end.
    held = os.open(pipe, os.O_RDWR)
    try:
        assert run(["video", str(pipe), "--no-window"]) == 3
    finally:
        os.close(held)
    assert "no ordinary file" in capsys.readouterr().err
    assert run(["image", str(media / "obama.jpg"), "--csv", "/dev/null"]) == 6
    assert "no folder" in capsys.readouterr().err
    assert run(["video", str(demo_clip), "--no-window", "--csv", "-"]) == 2
    assert "not standard output" in capsys.readouterr().err


@pytest.mark.parametrize("time", ["1:60", "0:75:00", "1:00:61"])
def test_more_than_sixty_is_a_slip(capsys, demo_clip, time):
    assert run(["video", str(demo_clip), "--no-window", "--from", time]) == 2
    assert "60 seconds" in capsys.readouterr().err
