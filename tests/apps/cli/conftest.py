"""What the tests of the command line share."""

from __future__ import annotations

import shutil
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
            timeout=240,
            check=False,
        )
        assert ended.returncode == code, ended.stderr + ended.stdout
        assert "Traceback" not in ended.stderr
        return ended

    return run


@pytest.fixture
def film(media):
    """A film of two people, 56 frames."""
    return str(media / "head-pose-face-detection-female-and-male.gif")


@pytest.fixture(scope="session")
def viewing(tmp_path_factory, media, demo_clip):
    """A film of a minute and three viewers, each of whom laughs a second after the film's 30th."""
    from helpers.viewings import write_viewing

    return write_viewing(tmp_path_factory.mktemp("viewing"), media, demo_clip)


@pytest.fixture
def at(viewing, tmp_path):
    """The folder of a test, with the film and its viewers in it."""
    shutil.copytree(viewing, tmp_path, dirs_exist_ok=True)
    return tmp_path
