"""What the tests of the pages share."""

from __future__ import annotations

import pytest

from helpers.browser import chromium_with_camera, driving


@pytest.fixture(scope="module")
def driver():
    with driving() as started:
        yield started


@pytest.fixture(scope="module")
def browser(driver, demo_clip, tmp_path_factory):
    with chromium_with_camera(driver, demo_clip, tmp_path_factory.mktemp("camera")) as running:
        yield running


@pytest.fixture(scope="module")
def server():
    from helpers.serving import serving

    with serving() as running:
        yield running
