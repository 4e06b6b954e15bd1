"""What all tests share: where the pictures are."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def media() -> Path:
    return ROOT / "tests" / "media_files"


@pytest.fixture(scope="session")
def demo_clip() -> Path:
    return ROOT / "src" / "mimika" / "assets" / "demo.mp4"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data and media that may not be committed, beside the checkout; absent for most people."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared (FER2013 faces and media that may not be committed)")
    return folder
