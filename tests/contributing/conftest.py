"""A copy of the sources for a walk, and a short film."""

from __future__ import annotations

import pytest

from helpers.guide import Copy
from helpers.media import write_beginning


@pytest.fixture
def copy(tmp_path, demo_clip):
    copied = Copy(tmp_path)
    write_beginning(demo_clip, tmp_path / "film.mp4", 40)
    return copied
