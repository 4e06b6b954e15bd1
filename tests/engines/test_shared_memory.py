"""The pool of memory that all networks of a process share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from pathlib import Path
import cv2
from mimika.detection import open_detector
from mimika.engines.shared_memory import empty_pool, share_memory

def taken():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))

share_memory()
picture = cv2.imread(sys.argv[1])
detector = open_detector("yunet", engine="cpu", threads=1)
first = detector.detect(picture)
full = taken()
empty_pool()
emptied = taken()
again = detector.detect(picture)
assert again.boxes == first.boxes and list(again.scores) == list(first.scores)
print(full - emptied)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_an_emptied_pool_gives_its_memory_back_and_changes_no_answer():
    photo = Path(__file__).parents[1] / "media_files" / "obama.jpg"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(photo)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30e6
