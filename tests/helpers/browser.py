"""Chromium with a camera made of the demo clip."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import pytest
from PIL import Image

from mimika.sources.video import Video

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SCREENSHOTS = os.environ.get("MIMIKA_SCREENSHOTS")
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--disable-gpu"]
LONGEST_WAIT_MS = 120_000
"""For a condition that comes true in any case: also where a busy machine takes its time."""
GRANTED = "--use-fake-ui-for-media-stream"


def write_camera(clip, path, every=3):
    """The clip as MJPEG, which Chromium plays at 30 frames a second, over and over."""
    with Video(clip) as video, path.open("wb") as target:
        for frame in video:
            if frame.index % every == 0:
                target.write(cv2.imencode(".jpg", frame.image)[1].tobytes())
    return path


@contextmanager
def driving():
    """What starts browsers; one for a process."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt install chromium)")
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync.sync_playwright() as driver:
        yield driver


@contextmanager
def chromium(driver, *arguments):
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def chromium_with_camera(driver, clip, folder, every=3):
    """Chromium that may use its camera, which shows every n-th frame of the clip."""
    path = write_camera(clip, folder / "clip.mjpeg", every)
    with chromium(driver, GRANTED, f"--use-file-for-fake-video-capture={path}") as running:
        yield running


@contextmanager
def page_of(browser, address, where="server", **context):
    """A page; whatever it logs as an error, or refuses by its policy, fails the test.

    `where` says what recognizes: "server", or "browser" where that was built.
    """
    problems = []
    with_context = browser.new_context(**{"locale": "en-GB"} | context)
    page = with_context.new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text
            else None
        ),
    )
    if address.startswith("http"):
        address = urlsplit(address)._replace(query=f"where={where}").geturl()
    page.goto(address)
    try:
        yield page
    finally:
        with_context.close()
    assert not problems, problems


def screenshot(page, name, **options):
    if SCREENSHOTS:
        picture = Image.open(io.BytesIO(page.screenshot(**options)))
        picture.save(Path(SCREENSHOTS) / name, quality=80)


def says(page, words, selector="#status"):
    """Wait until the element is there and says the words."""
    from playwright.sync_api import TimeoutError as TooLate

    text = "document.querySelector(s)?.textContent"
    try:
        page.wait_for_function(f"([s, w]) => {text}.includes(w)", arg=[selector, words])
    except TooLate as error:
        found = page.evaluate(f"s => {text}", selector)
        raise AssertionError(f"{selector} never said {words!r}, but {found!r}") from error


# Pixels of a canvas that are not transparent.
PAINTED = """selector => {
  const canvas = document.querySelector(selector);
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
  return count;
}"""
