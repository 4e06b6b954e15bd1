"""Take the pictures of the page: a desktop, a phone, dark, and in Russian.

python scripts/take_page_pictures.py

Chromium's camera shows the bundled clip, and the page recognizes in the browser: build that first
(`npm ci && npm run build` in web/). Needs Chromium, Playwright and the serve extra.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
from PIL import Image
from playwright.sync_api import sync_playwright

from mimika.sources.video import Video

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
IMAGES = ROOT / "docs" / "images"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
LOOKS: dict[str, dict[str, Any]] = {
    "page.webp": {"locale": "en-GB", **DESKTOP},
    "page-ru.webp": {"locale": "ru-RU", "color_scheme": "dark", **DESKTOP},
    "page-phone-ru.webp": {"locale": "ru-RU", "color_scheme": "dark", **PHONE},
    "page-phone.webp": {"locale": "en-GB", **PHONE},
}
SHOWN = "() => document.querySelector('#view').getAttribute('aria-label').includes({!r})"
BETWEEN_S = 1 / 30
"""Chromium plays a camera's file at 30 frames a second."""


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The page needs a browser: run `apt install chromium`.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        camera = _camera(Path(folder) / "clip.mjpeg")
        arguments = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream"]
        arguments += ["--use-fake-device-for-media-stream"]
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=[*arguments, f"--use-file-for-fake-video-capture={camera}"],
        )
        words = [sys.executable, "-m", "mimika", "serve", "--port", "0", "--no-open"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+", server.stdout.readline())
                if found is None:
                    sys.exit("The server did not start.")
                for name, looks in LOOKS.items():
                    _take(browser, found[0], looks).save(IMAGES / name, quality=80)
            finally:
                server.terminate()
                browser.close()


def _camera(path: Path) -> Path:
    """The clip as MJPEG."""
    next_s = 0.0
    with Video(DEMO) as film, path.open("wb") as target:
        for frame in film:
            while frame.time_s >= next_s:
                target.write(cv2.imencode(".jpg", frame.image)[1].tobytes())
                next_s += BETWEEN_S
    return path


def _take(browser: Browser, address: str, looks: dict[str, Any]) -> Image.Image:
    """The window of the page while she laughs, with moments of before."""
    context = browser.new_context(**looks)
    page = context.new_page()
    page.goto(f"{address}?where=browser")
    page.click("#start:enabled")
    page.wait_for_selector("#moments li:nth-child(2) canvas", timeout=60_000)
    happy = "радость" if looks["locale"].startswith("ru") else "happy"
    page.wait_for_function(SHOWN.format(happy), timeout=60_000)
    page.wait_for_timeout(3000)
    page.evaluate("document.activeElement.blur()")
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return picture.convert("RGB")


if __name__ == "__main__":
    main()
