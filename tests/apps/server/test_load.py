"""The load command, for long: no errors, and memory that does not grow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "load_server.py"


def load(*words, seconds):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--seconds", str(seconds), *words],
        capture_output=True,
        text=True,
        timeout=seconds + 200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_streams_are_held_without_errors_in_flat_memory():
    said = load("--only", "streams", seconds=150)
    assert re.search(r"8 streams of 10 frames a second.*, 0 errors", said), said
    growth = float(re.search(r"\(([+-][\d.]+)%\)", said)[1])
    assert abs(growth) < 10, said


@pytest.mark.slow
def test_pictures_and_a_single_stream_are_answered():
    said = load("--only", "pictures", seconds=1) + load("--only", "single", seconds=1)
    assert said.count("0 errors") == 2, said
