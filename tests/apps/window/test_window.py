"""The window on a virtual screen: keys are sent to it, and what it shows is looked at.

`python scripts/take_pictures.py` takes the pictures of the READMEs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import cv2
import numpy as np
import psutil
import pytest

from helpers.waiting import wait_until
from mimika.labels.emotions import color

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool (apt install xvfb xdotool)",
    ),
]


@pytest.fixture(scope="module")
def screen():
    """A virtual screen of 1280x800; its name, such as ":93"."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write_end),
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        name = f":{pipe.readline().strip()}"
    yield name
    server.terminate()
    server.wait(60)


class Running:
    """`mimika` in its window."""

    def __init__(self, screen, folder, words):
        self.screen, self.folder = screen, folder
        kept = {k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"}
        self.environment = kept | {"DISPLAY": screen, "COLUMNS": "200", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mimika", *map(str, words)],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def key(self, name):
        subprocess.run(["xdotool", "key", name], env=self.environment, check=True)

    def look(self):
        """What the screen shows, (800, 1280, 3) BGR."""
        from PIL import ImageGrab

        grabbed = ImageGrab.grab(xdisplay=self.screen)
        return np.asarray(grabbed.convert("RGB"))[:, :, ::-1].copy()

    def until(self, condition, seconds=120):
        """Look until `condition(picture)` holds; return that picture."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            picture = self.look()
            if condition(picture):
                return picture
            time.sleep(0.05)
        cv2.imwrite(str(self.folder / "last.png"), picture)
        raise AssertionError(f"never seen; the last screen is {self.folder / 'last.png'}")

    def stands_still(self, picture):
        """Whether nothing moves while the window is at work; a condition for `until`.

        By its processor time: a busy machine may give it none for seconds, and then nothing moves.
        """
        before = self.worked_s()
        wait_until(lambda: self.worked_s() - before > 0.15)
        return np.array_equal(picture, self.look())

    def worked_s(self):
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def end(self, seconds=120):
        out, err = self.process.communicate(timeout=seconds)
        assert "Traceback" not in err
        return out, err


@pytest.fixture
def start(screen, tmp_path):
    started = []

    def begin(*words):
        started.append(Running(screen, tmp_path, words))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.wait()


def share_of(picture, label, tolerance=12):
    """Share of the picture that has a label's color."""
    wanted = np.array(color(label)[::-1])
    return (np.abs(picture.astype(int) - wanted).max(axis=2) <= tolerance).mean()


def bars_shown(picture):
    """Whether the bars' empty parts, of one exact gray, stand in at least seven places."""
    gray = (np.abs(picture.astype(int) - 90).max(axis=2) <= 2).sum(axis=1) >= 50
    return np.count_nonzero(np.diff(gray.astype(int)) == 1) >= 7


def shown(picture):
    return picture.max() > 40


@pytest.fixture
def woman(tmp_path, demo_clip):
    """The clip's last seconds, where she laughs, forty times over."""
    import av

    path = tmp_path / "laughing.mp4"
    with av.open(str(demo_clip)) as film:
        frames = [f.to_ndarray(format="bgr24") for f in film.decode(video=0)][-48:]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        for _ in range(20):
            for frame in frames:
                out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        out.mux(stream.encode(None))
    return path


def test_a_box_in_the_emotions_color_lies_around_the_face(start, woman, demo_clip):
    import mimika

    running = start("video", woman)
    picture = running.until(lambda p: share_of(p, "happy") > 0.002)
    running.key("q")
    out, _ = running.end()
    assert "happy" in out
    assert running.process.returncode == 0
    # The window lies in the middle of the screen; find the box by its color.
    view = picture[220:580, 320:960]
    mask = np.abs(view.astype(int) - np.array(color("happy")[::-1])).max(axis=2) <= 12
    rows, columns = np.where(mask)
    drawn = mimika.Box(
        float(columns.min()),
        float(rows.min()),
        float(np.ptp(columns)),
        float(np.ptp(rows)),
    )
    with mimika.open_source(demo_clip) as film:
        last = list(film)[-1]
    (face,) = mimika.analyze(last.image)
    # The label is part of what has the color, and she moves.
    assert drawn.iou(face.box) > 0.4


def test_keys_for_bars_and_help(start, woman):
    running = start("video", woman)
    plain = running.until(lambda p: share_of(p, "happy") > 0.002)
    assert not bars_shown(plain)
    running.key("b")
    running.until(bars_shown)
    running.key("b")
    running.until(lambda p: not bars_shown(p))
    running.key("h")
    running.until(lambda p: p[300:500, 520:760].mean() < plain[300:500, 520:760].mean() * 0.8)
    running.key("Escape")
    running.end()
    assert running.process.returncode == 0


def test_tab_and_a_click_choose_the_face_whose_bars_are_shown(start, media):
    running = start("video", media / "head-pose-face-detection-female-and-male.gif")

    def side(picture):
        """Where the bars are: their middle column, 0 for none."""
        gray = np.abs(picture.astype(int) - 90).max(axis=2) <= 2
        return np.median(np.nonzero(gray)[1]) if bars_shown(picture) else 0

    running.until(lambda p: share_of(p, "neutral") > 0.002)
    running.until(running.stands_still)
    running.key("Tab")
    left = side(running.until(bars_shown))
    running.key("Tab")
    right = side(running.until(lambda p: side(p) > left + 20))
    running.key("Tab")
    running.until(lambda p: not bars_shown(p))
    # The end of the film stands still: his face is there, and nobody's in the corner.
    subprocess.run(
        ["xdotool", "mousemove", "765", "350", "click", "1"], env=running.environment, check=True
    )
    assert abs(side(running.until(bars_shown)) - right) < 20
    subprocess.run(
        ["xdotool", "mousemove", "330", "570", "click", "1"], env=running.environment, check=True
    )
    running.until(lambda p: not bars_shown(p))
    running.key("q")
    running.end()


def test_snapshot_and_recording_are_stored_only_when_asked(start, woman, tmp_path):
    import av

    running = start("video", woman)
    running.until(lambda p: share_of(p, "happy") > 0.002)
    assert not (tmp_path / "mimika-out").exists()
    running.key("s")
    running.key("r")
    running.until(lambda _: list((tmp_path / "mimika-out").glob("snapshot-*.png")))
    # A table comes onto the disk in blocks of many rows.
    running.until(
        lambda _: any(p.stat().st_size for p in (tmp_path / "mimika-out").glob(".recording-*.csv*"))
    )
    running.key("r")
    running.until(lambda _: list((tmp_path / "mimika-out").glob("recording-*.mp4")))
    running.key("q")
    running.end()
    (snapshot,) = (tmp_path / "mimika-out").glob("snapshot-*.png")
    assert cv2.imread(str(snapshot)).shape == (360, 640, 3)
    (film,) = (tmp_path / "mimika-out").glob("recording-*.mp4")
    with av.open(str(film)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames > 10
    assert film.with_suffix(".csv").read_text().startswith("time_s,frame_index,frame_width")
    assert not list(tmp_path.rglob(".*.part*"))


def test_pause_stops_the_picture_and_mirror_turns_it(start, demo_clip):
    running = start("video", demo_clip)
    running.until(shown)
    running.key("space")
    straight = running.until(running.stands_still)[300:580, 320:960].astype(int)
    running.key("m")
    running.until(
        lambda p: (
            np.abs(p[300:580, 320:960][:, ::-1].astype(int) - straight).mean() < 6
            and np.abs(p[300:580, 320:960].astype(int) - straight).mean() > 12
        )
    )
    running.key("q")
    running.end()


def test_the_film_stays_at_its_end_until_it_is_closed(start, media):
    running = start("video", media / "head-pose-face-detection-female-and-male.gif")
    running.until(shown)
    ended = running.until(running.stands_still)
    running.key("space")
    running.until(lambda p: np.abs(p.astype(int) - ended).mean() > 0.5)
    running.key("q")
    out, err = running.end()
    assert running.process.returncode == 0, err
    assert "Faces in 56 frames" in out


def test_ctrl_c_closes_the_window_in_order(start, woman, tmp_path):
    import signal

    running = start("demo")
    running.until(shown)
    running.process.send_signal(signal.SIGINT)
    running.end()
    assert running.process.returncode == 130
    assert (tmp_path / "mimika-out" / "demo.mp4").stat().st_size > 1000
    assert not list(tmp_path.rglob(".*.part*"))


def test_without_a_screen_there_is_a_sentence(monkeypatch):
    from mimika.apps.window import has_display, need_display
    from mimika.base.errors import NoDisplay

    for driver in ("dummy", "offscreen"):
        monkeypatch.setenv("SDL_VIDEODRIVER", driver)
        assert not has_display()
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(NoDisplay, match="--no-window"):
        need_display()
