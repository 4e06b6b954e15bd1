"""What every source keeps to, run over all of them."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading

import numpy as np
import pytest

from helpers.media import FakeCamera, write_video
from mimika.sources.camera import Camera
from mimika.sources.frame import Source
from mimika.sources.images import Images
from mimika.sources.open import open_source
from mimika.sources.stream import Stream
from mimika.sources.video import Video

KINDS = ["picture", "folder", "pattern", "video", "gif", "camera", "stream"]


@pytest.fixture
def make(tmp_path, media):
    """A function that opens the named kind of source, as often as asked."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("astronaut.png", "coffee.png"):
        shutil.copy(media / name, folder / name)
    write_video(tmp_path / "film.mp4", [i / 25 for i in range(20)])
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}/film.mp4"
    opened = {
        "picture": lambda: Images(folder / "astronaut.png"),
        "folder": lambda: open_source(folder),
        "pattern": lambda: open_source(str(folder / "*.png")),
        "video": lambda: Video(tmp_path / "film.mp4"),
        "gif": lambda: open_source(media / "people-detection.gif"),
        "camera": lambda: Camera(0, open_device=FakeCamera([(64, 48)])),
        "stream": lambda: Stream(address),
    }
    yield opened
    server.shutdown()
    server.server_close()
    thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_its_repr_fits_a_line(make, kind):
    with make[kind]() as source:
        shown = repr(source)
    assert len(shown) < 110
    assert "\n" not in shown
    assert shown.startswith(f"<{type(source).__name__} ")


def some(source, most=8):
    return [frame for _, frame in zip(range(most), source, strict=False)]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def test_frames_are_upright_bgr_arrays_with_rising_times(make, kind):
    with make[kind]() as source:
        assert isinstance(source, Source)
        frames = some(source)
    assert frames
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert frame.image.ndim == 3
        assert frame.image.shape[2] == 3
        assert frame.image.flags.c_contiguous
    times = [frame.time_s for frame in frames]
    assert times == sorted(times)
    assert times[0] >= 0
    indices = [frame.index for frame in frames]
    assert indices == sorted(set(indices))


def test_it_knows_itself_beforehand(make, kind):
    with make[kind]() as source:
        expected = {"picture": "images", "folder": "images", "pattern": "images", "gif": "video"}
        assert source.info.kind == expected.get(kind, kind)
        assert source.info.live == (kind in {"camera", "stream"})
        assert source.info.name
        assert source.warnings == []


def test_it_ends_or_can_be_left(make, kind):
    with make[kind]() as source:
        if kind == "camera":
            assert len(some(source, 3)) == 3
        else:
            assert len(some(source, 1000)) < 1000


def test_closing_twice_does_no_harm_and_a_closed_source_is_empty(make, kind):
    source = make[kind]()
    source.close()
    source.close()
    assert some(source) == []


def test_threads_are_gone_when_the_body_raises(make, kind):
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError), make[kind]() as source:
        for _ in source:
            raise ZeroDivisionError
    left = [t for t in threading.enumerate() if t not in before and t.name.startswith("read ")]
    assert left == []


def test_two_at_once_do_not_disturb_each_other(make, kind):
    with make[kind]() as one, make[kind]() as two:
        assert some(one, 2)
        assert some(two, 2)
