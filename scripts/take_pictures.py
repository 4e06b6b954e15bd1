"""Take the pictures of the READMEs: the window in both languages, and a timeline.

python scripts/take_pictures.py

The window opens on a virtual screen (Xvfb) and shows the end of the bundled clip; the timeline is
that of `mimika report` on the clip. Needs Xvfb, xdotool and the report extra.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageGrab

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
IMAGES = ROOT / "docs" / "images"
MIMIKA = [sys.executable, "-m", "mimika"]
FROM_S, TO_S = "13", "14.5"
LONGEST_S = 120
BARS_S = 5
"""Within this time the bars are drawn."""
WINDOWS = {"en": "window.png", "ru": "window-ru.png"}


def main() -> None:
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        sys.exit("The window needs a virtual screen: run `apt install xvfb xdotool`.")
    for language, name in WINDOWS.items():
        with _screen() as screen:
            _window(screen, language).save(IMAGES / name, optimize=True)
    with tempfile.TemporaryDirectory() as folder:
        words = ["report", str(DEMO), "--output", folder, "--quiet"]
        subprocess.run([*MIMIKA, *words], check=True)
        with Image.open(Path(folder) / "timeline.png") as drawn:
            drawn.convert("P", palette=Image.Palette.ADAPTIVE).save(
                IMAGES / "timeline.png", optimize=True
            )


@contextmanager
def _screen() -> Iterator[str]:
    """A virtual screen; its name, such as ":93"."""
    read_end, write_end = os.pipe()
    words = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "-noreset"]
    server = subprocess.Popen(words, pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def _window(screen: str, language: str) -> Image.Image:
    """The window when the film has come to its end, without the rest of the screen."""
    environment = {k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"}
    environment["DISPLAY"] = screen
    words = ["video", str(DEMO), "--from", FROM_S, "--to", TO_S, "--lang", language]
    running = subprocess.Popen([*MIMIKA, *words], env=environment, stdout=subprocess.DEVNULL)
    try:
        _still(screen)
        subprocess.run(["xdotool", "key", "b"], env=environment, check=True)
        time.sleep(BARS_S)
        picture = _still(screen)
    finally:
        subprocess.run(["xdotool", "key", "q"], env=environment, check=True)
        running.wait()
    return picture.crop(picture.getbbox())


def _still(screen: str) -> Image.Image:
    """What the screen shows when it has changed, and then not for two seconds."""
    before, since = ImageGrab.grab(xdisplay=screen), time.monotonic()
    deadline = since + LONGEST_S
    while time.monotonic() < deadline:
        time.sleep(0.2)
        now = ImageGrab.grab(xdisplay=screen)
        if now.tobytes() != before.tobytes():
            before, since = now, time.monotonic()
        elif now.getbbox() and time.monotonic() - since > 2:
            return now.convert("RGB")
    sys.exit(f"No window was seen for {LONGEST_S} seconds.")


if __name__ == "__main__":
    main()
