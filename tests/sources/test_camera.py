"""Webcams fail in many ways; the fake one fails in all of them."""

from __future__ import annotations

import threading
import time

import pytest

from helpers.media import FakeCamera
from helpers.waiting import wait_until
from mimika.base.errors import CameraBusy, CameraNotFound
from mimika.sources import cameras
from mimika.sources.camera import Camera
from mimika.sources.open import open_source

QUICK = {"first_pause_s": 0.02, "longest_pause_s": 0.05}


def test_only_the_newest_frame_is_kept_and_the_dropped_are_counted():
    fake = FakeCamera([(64, 48)])
    with Camera(0, open_device=fake) as camera:
        frames = iter(camera)
        first = next(frames)
        wait_until(lambda: camera.dropped > 10)
        second = next(frames)
        # A frame that had waited would be the one right behind the first.
        assert second.index - first.index > 10
        assert second.time_s > first.time_s


def test_a_camera_that_is_unplugged_is_waited_for_and_taken_up_again():
    fake = FakeCamera([(64, 48)] * 5 + ["fail"] + [(64, 48)], away=3)
    with Camera(0, open_device=fake, **QUICK) as camera:
        frames = [frame for _, frame in zip(range(30), camera, strict=False)]
        assert len(frames) == 30
        assert camera.reopened == 1
        assert "taken up again 1 time" in camera.warnings[0]
    assert fake.opened == 5  # once, three times in vain, once more
    assert [f.time_s for f in frames] == sorted(f.time_s for f in frames)


def test_the_window_is_told_while_it_is_away():
    fake = FakeCamera([(64, 48)] * 3 + ["fail"], away=1000)
    with Camera(0, open_device=fake, **QUICK) as camera:
        wait_until(lambda: camera.wait(0.02) is None and "camera 0" in camera.state)
        assert not camera.over
        assert camera.wait(0.05) is None


def test_a_camera_that_stalls_says_so_and_goes_on():
    fake = FakeCamera([(64, 48)] * 3 + ["stall"] + [(64, 48)], stall_s=600)
    with Camera(0, open_device=fake, stalled_s=0.15) as camera:
        wait_until(lambda: camera.wait(0.05) is None and "does not answer" in camera.state)
        fake.goes_on.set()
        assert camera.wait(60.0) is not None
        wait_until(lambda: camera.state == "")


def test_a_frame_may_change_its_size():
    fake = FakeCamera([(64, 48)] * 5 + [(32, 24)])
    with Camera(0, open_device=fake, **QUICK) as camera:
        shapes = {frame.image.shape for _, frame in zip(range(20), camera, strict=False)}
    assert (24, 32, 3) in shapes


def test_closing_ends_the_thread_while_the_camera_is_away():
    fake = FakeCamera([(64, 48)] * 3 + ["fail"], away=10**6)
    camera = Camera(0, open_device=fake, first_pause_s=1e6)
    wait_until(lambda: camera.state)
    camera.close()
    assert not any(
        thread.is_alive() for thread in fake.threads - {__import__("threading").main_thread()}
    )
    assert fake.closed >= 1


def test_a_camera_that_opens_and_gives_nothing_is_busy():
    with pytest.raises(CameraBusy, match="another|other program"):
        Camera(0, open_device=FakeCamera(["fail"]))


@pytest.fixture
def listed(monkeypatch, tmp_path):
    for name, index, label in (("video0", 0, "HD Webcam"), ("video1", 1, "HD Webcam")):
        device = tmp_path / name
        device.mkdir()
        (device / "index").write_text(f"{index}\n")
        (device / "name").write_text(f"{label}\n")
    monkeypatch.setattr(cameras.sys, "platform", "linux")
    monkeypatch.setattr(cameras._linux, "__defaults__", (tmp_path,))


def test_cameras_are_listed_once_with_their_names(listed):
    assert cameras.list_cameras() == [cameras.CameraInfo(0, "HD Webcam")]


def test_a_camera_is_found_by_a_part_of_its_name(listed):
    with Camera("hd web", open_device=FakeCamera([(64, 48)])) as camera:
        assert camera.number == 0


def test_no_such_camera_names_those_there_are(listed):
    with pytest.raises(CameraNotFound, match="HD Webcam"):
        Camera("logitech", open_device=FakeCamera([(64, 48)]))
    with pytest.raises(CameraNotFound, match=r"camera 77.*0 \(HD Webcam\)"):
        open_source(77)


@pytest.mark.slow
def test_a_thousand_losses_and_returns_leave_nothing_behind():
    psutil = pytest.importorskip("psutil", reason="needs psutil")
    faults = [(64, 48), "fail", (64, 48), "fail", (64, 48), "stall", "fail"]
    fake = FakeCamera(faults * 340 + [(64, 48)], stall_s=0.001, rate_hz=5000)
    process = psutil.Process()
    pauses = {"first_pause_s": 0.001, "longest_pause_s": 0.002}
    with Camera(0, open_device=fake, **pauses) as camera:
        before, looks = None, []
        for frame in camera:
            # The newest is kept: what is taken now was read now.
            assert time.monotonic() - camera._began - frame.time_s < 1.0
            if camera.reopened > 300:
                before = before or (process.memory_info().rss, process.num_fds())
            if camera.reopened >= 1000:
                looks.append(frame.time_s)
            if len(looks) > 50:
                break
        assert camera.reopened >= 1000
        assert process.memory_info().rss - before[0] < 20 << 20
        assert process.num_fds() <= before[1] + 2
        assert len([t for t in threading.enumerate() if t.name.startswith("read")]) == 1
    assert fake.opened == fake.closed
    assert not [t for t in threading.enumerate() if t.name.startswith("read")]
