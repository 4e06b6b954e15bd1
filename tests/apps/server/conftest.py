"""What the server's tests share."""

from __future__ import annotations

import httpx
import pytest

pytest.importorskip("fastapi", reason="needs the serve extra")
from helpers.serving import serving


@pytest.fixture(scope="session")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def face(media):
    """A JPEG with one face."""
    return (media / "obama.jpg").read_bytes()
