"""What the tests of the command line share."""

from __future__ import annotations

import subprocess

import pytest

from helpers.command import MIMIKA, environment


@pytest.fixture
def mimika(tmp_path):
    """Run a verb in an empty folder and return the ended process."""

    def run(*words, code=0):
        ended = subprocess.run(
            [*MIMIKA, *map(str, words)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert ended.returncode == code, ended.stderr + ended.stdout
        assert "Traceback" not in ended.stderr
        return ended

    return run
