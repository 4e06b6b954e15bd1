"""Times of films: without timestamps, out of order, beginning late, beginning anew, with gaps."""

from __future__ import annotations

import av
import numpy as np
import pytest

import mimika
from helpers.faces import FRAMES, RATE_HZ, SAD, SECONDS, base_images
from helpers.media import Tone, numbered, numbers_of, write_film
from mimika.base.errors import InputError
from mimika.sources.clock import Clock
from mimika.sources.video import Video

STEPS = [i / RATE_HZ for i in range(FRAMES)]


@pytest.mark.parametrize(("codec", "ending"), [("libx264", "h264"), ("libx265", "hevc")])
def test_raw_streams_without_timestamps_have_steps_of_the_rate(tmp_path, codec, ending):
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_film(tmp_path / f"raw.{ending}", base_images(), codec=codec, options=quiet)
    with Video(path) as film:
        frames = list(film)
    assert film.info.rate_hz == RATE_HZ
    assert [f.time_s for f in frames] == pytest.approx(STEPS, abs=1e-6)
    assert film.info.duration_s is None
    assert film.warnings == []
    summary = mimika.process(path)
    (person,) = summary.people.values()
    assert person.last_s == pytest.approx(SECONDS - 1 / RATE_HZ)
    assert person.shares()["sad"] == pytest.approx(SAD, abs=0.06)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("b.avi", "libx264", {"bf": "3"}),
        ("b.mp4", "libx264", {"bf": "3"}),
        ("b.mkv", "libx264", {"bf": "3"}),
        ("b.ts", "libx264", {"bf": "3"}),
        ("b.flv", "libx264", {"bf": "3"}),
        ("b.mpg", "mpeg2video", {"bf": "2"}),
        ("b.avi", "mpeg4", {"bf": "2"}),
        ("b.mjpeg", "mjpeg", {}),
        ("b.nut", "libx264", {"bf": "3"}),
        ("b.webm", "libvpx-vp9", {}),
        ("b.mxf", "mpeg2video", {"bf": "2"}),
    ],
)
def test_frames_are_in_order_and_evenly_spaced(tmp_path, name, codec, options):
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    rate = 25 if codec == "mjpeg" else 24
    images = numbered(size=(320, 240) if name.endswith("mxf") else (64, 48))
    path = write_film(
        tmp_path / name, images, rate=rate, codec=codec, pix_fmt=pix_fmt, options=options
    )
    with Video(path) as film:
        frames = list(film)
    assert numbers_of(frames) == list(range(48))
    assert [f.time_s for f in frames] == pytest.approx([i / rate for i in range(48)], abs=2e-3)
    assert film.incomplete == ""


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv", "late.ts"])
@pytest.mark.parametrize("begins_s", [10.0, 3600.0])
def test_a_film_that_begins_late_begins_at_0(tmp_path, name, begins_s):
    times = [begins_s + i / 24 for i in range(48)]
    path = write_film(tmp_path / name, numbered(), times_s=times)
    with Video(path) as film:
        frames = list(film)
    assert [f.time_s for f in frames] == pytest.approx([i / 24 for i in range(48)], abs=2e-3)
    assert film.info.begins_s == pytest.approx(begins_s, abs=1.5)
    assert film.incomplete == ""


def test_films_put_end_to_end_go_on(tmp_path):
    first = write_film(tmp_path / "a.ts", numbered()).read_bytes()
    late = write_film(tmp_path / "b.ts", numbered(), times_s=[100 + i / 24 for i in range(48)])
    for name, second in {"again": first, "jump": late.read_bytes()}.items():
        joined = tmp_path / f"{name}.ts"
        joined.write_bytes(first + second)
        with Video(joined) as film:
            frames = list(film)
        assert len(frames) == 96
        steps = np.diff([f.time_s for f in frames])
        assert steps.min() > 0.03
        assert steps.max() < 0.1
        assert "begin anew 1 time" in " ".join(film.warnings)
        assert film.incomplete == ""


def test_gaps_that_are_meant_stay_and_the_last_frame_lasts_as_long_as_it_says(tmp_path):
    times = [0.0, 0.04, 0.08, 3.0, 3.04, 20.0]
    for name in ("gaps.mp4", "gaps.mkv"):
        path = write_film(tmp_path / name, numbered(6), times_s=times)
        with Video(path) as film:
            frames = list(film)
        assert [f.time_s for f in frames] == pytest.approx(times, abs=2e-3)
        assert film.incomplete == ""


@pytest.mark.parametrize("name", ["negative.mp4", "negative.mov"])
def test_negative_first_timestamps(tmp_path, name):
    path = write_film(
        tmp_path / name,
        numbered(),
        times_s=[i / 24 - 0.25 for i in range(48)],
        container_options={"avoid_negative_ts": "disabled"},
    )
    with av.open(str(path)) as container:
        stamps = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    with Video(path) as film:
        frames = list(film)
    # An edit list leaves out what lies before 0; what is shown begins at 0.
    assert numbers_of(frames) == list(range(48 - len(frames), 48))
    assert len(frames) in {len(stamps), 42}
    steps = [i / 24 for i in range(len(frames))]
    assert [f.time_s for f in frames] == pytest.approx(steps, abs=2e-3)
    assert film.incomplete == ""


def test_sound_before_and_after_the_pictures_changes_no_time(tmp_path):
    path = write_film(tmp_path / "long.mkv", numbered(), sounds=[Tone(seconds=9.0)])
    with Video(path) as film:
        frames = list(film)
    assert len(frames) == 48
    assert film.incomplete == ""


@pytest.mark.parametrize(("name", "codec"), [("a.dv", "dvvideo"), ("a.avi", "libx264")])
def test_rates_that_are_none(tmp_path, name, codec):
    times = None if name == "a.dv" else [i / 25 for i in range(25)]
    images = numbered(25, size=(720, 576))
    path = write_film(tmp_path / name, images, rate=25, times_s=times, codec=codec)
    with Video(path) as film:
        assert film.info.rate_hz in {0.0, 25.0}
        assert film.info.frames in {None, 25}
        assert [f.time_s for f in film] == pytest.approx([i / 25 for i in range(25)], abs=2e-3)
        assert film.incomplete == ""


def test_an_empty_film_is_one_sentence(tmp_path):
    path = tmp_path / "empty.mp4"
    write_film(path, numbered(1), container_options={"movflags": "frag_keyframe+empty_moov"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moof") - 4])
    with pytest.raises(InputError, match="no frame that can be decoded") as caught:
        Video(path)
    assert "\n" not in str(caught.value)


def test_timestamps_that_begin_after_the_first_frames():
    clock = Clock(25.0)
    times = [clock.time_of(stamp, 0.0) for stamp in (None, None, 0.0, 0.04, 0.08)]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert clock.begins_s == pytest.approx(-0.08)
    assert clock.jumps == 0
    assert not clock.timed


def test_the_clock():
    clock = Clock(25.0)
    stamps = [5.0, 5.04, None, 5.12, 5.08, 0.0, 0.04]
    times = [clock.time_of(stamp, 0.0) for stamp in stamps]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.12, 0.16, 0.2])
    assert (clock.begins_s, clock.jumps) == (5.0, 1)
    assert clock.end_s == pytest.approx(0.24)
    clock.resume()
    assert clock.time_of(8.0, 0.0) == pytest.approx(3.0)
