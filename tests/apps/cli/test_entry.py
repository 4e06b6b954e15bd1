"""The installed command, from its first line to its last."""

from __future__ import annotations

import subprocess
import sys

from helpers.command import environment

REPORT = """
import atexit, gc, sys
from mimika import __main__
atexit.register(lambda: print(gc.get_stats()[0]["collections"] - before, gc.get_freeze_count() > 0))
sys.argv[1:] = {words}
before = gc.get_stats()[0]["collections"]
__main__.main()
"""


def ended(words):
    """Collections of garbage while the command ran, and whether the end leaves objects alone."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(words=words)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1].split()


def test_a_picture_is_read_before_garbage_is_looked_for(media):
    assert ended(["image", str(media / "obama.jpg")]) == ["0", "True"]


def test_garbage_is_looked_for_as_usual_after_the_start():
    code = (
        "import gc; from mimika import __main__; usual = gc.get_threshold(); "
        "__main__._put_off_the_first_collection(); first = gc.get_threshold(); "
        "kept = [[] for _ in range(first[0] + 1)]; "
        "print(first[0] > usual[0], gc.get_threshold() == usual, gc.callbacks)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "[]"]
