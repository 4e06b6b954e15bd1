"""A machine without memory: one sentence, an exit code, nothing half written."""

from __future__ import annotations

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="needs POSIX limits")
MIB = 2**20
IMAGE = (sys.executable, "-m", "mimika", "image")


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is held on Linux")
@pytest.mark.parametrize("megabytes", [380, 400, 420, 440, 800, 1000])
def test_a_picture_without_memory_is_a_sentence_and_leaves_no_file(tmp_path, media, megabytes):
    bound = megabytes * MIB
    done = subprocess.run(
        [*IMAGE, str(media / "obama.jpg"), "--csv", str(tmp_path / "seen.csv")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (bound, bound)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if megabytes > 700 and done.returncode == 0:  # it was enough
        return
    assert "Traceback" not in done.stderr
    assert "memory" in done.stderr
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []
