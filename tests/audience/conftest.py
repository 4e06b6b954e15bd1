"""The audience that the tests measure."""

from __future__ import annotations

import pytest

from helpers.audiences import material

pytest.importorskip("scipy", reason="needs the audience extra")


@pytest.fixture(scope="session")
def faces(media, demo_clip):
    return material(media, demo_clip)
