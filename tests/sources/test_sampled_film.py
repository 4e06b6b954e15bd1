"""A film of which only some frames are looked at: the same frames at less decoding."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from contextlib import closing

import av
import numpy as np
import pytest

from helpers.media import (
    numbered,
    numbers_of,
    write_beginning,
    write_damaged,
    write_film,
    write_video,
)
from mimika.base.errors import InputError
from mimika.pipeline.process import process
from mimika.schema.columns import ResultSchema
from mimika.schema.results import FrameResult
from mimika.sources.ahead import ahead
from mimika.sources.converting import FrameConverter
from mimika.sources.film import Film
from mimika.sources.frame import Frame, SampledSource
from mimika.sources.sampling import Sampling
from mimika.sources.video import Video


class SeesNothing:
    """A recognizer that finds no face."""

    schema = ResultSchema.of(["happy"])

    def __call__(self, frame: Frame, /) -> FrameResult:
        height, width = frame.image.shape[:2]
        return FrameResult(frame.time_s, frame.index, width, height, ())


def compare(film: Video, every_s: float) -> list[Frame]:
    """The frames that are looked at; everything that both ways tell is the same."""
    whole, sampling = list(film), Sampling(1, every_s)
    some = list(film.sampled(Sampling(1, every_s)))
    assert [f.time_s for f in some] == pytest.approx([f.time_s for f in whole], abs=1e-9)
    assert [f.index for f in some] == [f.index for f in whole]
    assert [f.duration_s for f in some] == pytest.approx([f.duration_s for f in whole])
    assert [f.skipped for f in some] == [not sampling.takes(f.time_s) for f in whole]
    for one, other in zip(some, whole, strict=True):
        assert one.image.shape == other.image.shape
        assert one.skipped or np.array_equal(one.image, other.image)
    return [f for f in some if not f.skipped]


def moving(path, codec="libx264", count=50, **options):
    """A film with pictures that are predicted from later ones."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.options = options
        rng = np.random.default_rng(1)
        still = rng.integers(0, 255, (64, 192, 3), np.uint8)
        for i in range(count):
            picture = np.ascontiguousarray(still[:, i : i + 96])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("every_s", [0.1, 0.5])
def test_the_same_frames_are_seen_in_h264_with_b_frames(tmp_path, demo_clip, every_s):
    with Video(write_beginning(demo_clip, tmp_path / "film.mp4", 120)) as film:
        seen = compare(film, every_s)
    assert len(seen) == pytest.approx(120 / 23.976 / every_s, rel=0.3)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("pyramid.mkv", "libx264", {"bf": "8", "x264-params": "b-pyramid=strict:b-adapt=0"}),
        ("open.mp4", "libx264", {"g": "10", "x264-params": "open-gop=1:bframes=3"}),
        ("intra.mp4", "libx264", {"x264-params": "intra-refresh=1:keyint=10"}),
        ("film.mp4", "libx265", {"x265-params": "log-level=0:bframes=4"}),
        ("film.mkv", "mpeg2video", {"bf": "2"}),
        ("film.mp4", "mpeg4", {"bf": "2"}),
        ("film.ts", "libx264", {}),
        ("film.avi", "libx264", {"bf": "2"}),
        ("film.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
        ("film.h264", "libx264", {}),
    ],
)
def test_the_same_frames_are_seen_in_other_kinds_of_films(tmp_path, name, codec, options):
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV has no {codec}")
    with Video(moving(tmp_path / name, codec, **options)) as film:
        assert len(compare(film, 0.1)) in {16, 17}
        assert len(compare(film, 100.0)) == 1


def test_an_animated_gif(media):
    with Video(media / "people-detection.gif") as film:
        compare(film, 0.5)


def test_frames_of_varying_distance(tmp_path):
    times = [0.0, 0.04, 0.08, 0.5, 0.54, 2.0, 2.04]
    with Video(write_video(tmp_path / "vfr.mkv", times)) as film:
        assert [f.time_s for f in compare(film, 0.1)] == pytest.approx([0.0, 0.5, 2.0], abs=2e-3)


def test_less_is_decoded(demo_clip, monkeypatch):
    decoded = []
    decode = Film.decode
    monkeypatch.setattr(Film, "decode", lambda *a: decoded.extend(found := [*decode(*a)]) or found)
    with Video(demo_clip) as film:
        decoded.clear()
        frames = list(film.sampled(Sampling(1, 0.1)))
    assert len(frames) == 472
    assert sum(not f.skipped for f in frames) == 158
    # All that others are predicted from, 254, and those of the rest that are looked at.
    assert 254 < len(decoded) < 345


def test_a_range_is_sought(demo_clip):
    with Video(demo_clip, start_s=6.0, end_s=9.0) as film:
        seen = compare(film, 0.1)
    assert seen[0].index == 0
    assert 6.0 <= seen[0].time_s < 6.05
    assert seen[-1].time_s < 9.0


def test_key_frames_far_apart(tmp_path):
    path = moving(tmp_path / "film.mp4", count=96, g="1000")
    with Video(path, start_s=2.0) as film:
        assert [f.time_s for f in compare(film, 1.0)] == pytest.approx([2.0, 3.0], abs=0.05)


def test_a_film_can_be_sampled_and_then_read_whole(demo_clip, tmp_path):
    with Video(write_beginning(demo_clip, tmp_path / "film.mp4", 30)) as film:
        assert isinstance(film, SampledSource)
        for _ in range(2):
            assert len(list(film.sampled(Sampling(4)))) == 30
            assert not any(f.skipped for f in film)
    assert list(film.sampled(Sampling(4))) == []


def test_broken_frames_are_said_and_the_rest_is_seen(tmp_path, demo_clip):
    with Video(write_damaged(demo_clip, tmp_path / "damaged.mp4")) as film:
        frames = list(film.sampled(Sampling(1, 0.1)))
        assert 400 < len(frames) <= 472
        assert film.dropped > 0
        assert "broken frame" in film.warnings[0]


def test_a_film_that_breaks_off_says_so(tmp_path, demo_clip):
    whole = moving(tmp_path / "whole.mkv", count=90)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with Video(cut) as film:
        assert 10 < len(list(film.sampled(Sampling(1, 0.1)))) < 90
        assert "breaks off" in film.incomplete


def test_a_range_beyond_the_end_is_one_sentence(tmp_path):
    path = moving(tmp_path / "film.mp4", count=30)
    with Video(path, start_s=50) as film, pytest.raises(InputError, match="no frame from 50 s on"):
        list(film.sampled(Sampling(1, 0.1)))


def test_reading_ahead_keeps_the_order_and_ends_its_thread(tmp_path):
    before = threading.active_count()
    with Video(moving(tmp_path / "film.mp4")) as film:
        assert [f.index for f in ahead(film)] == list(range(50))
        with closing(ahead(film.sampled(Sampling(7)))) as frames:
            assert [next(frames).index for _ in range(9)] == list(range(9))
        assert threading.active_count() == before


def test_what_a_source_raises_comes_after_the_frames_before_it():
    def frames():
        yield Frame(np.zeros((2, 2, 3), np.uint8))
        raise InputError("gone")

    taken = ahead(frames())
    assert next(taken).index == 0
    with pytest.raises(InputError, match="gone"):
        next(taken)


def test_pictures_at_the_end_come_one_by_one(tmp_path, monkeypatch):
    alive: set[int] = set()
    most = 0
    decode = Film.decode

    def counted(film, packet):
        nonlocal most
        for picture in decode(film, packet):
            alive.add(picture.pts)
            most = max(most, len(alive))
            yield picture

    monkeypatch.setattr(Film, "decode", counted)
    with Video(moving(tmp_path / "film.mp4", count=60)) as film:
        alive.clear()
        most = 0
        taken = 0
        for frame in film.sampled(Sampling(2)):
            if not frame.skipped:
                taken += 1
                alive.clear()
    assert taken == 30
    assert most <= 8


def test_a_closed_film_is_freed_with_its_decoder(tmp_path):
    path = str(moving(tmp_path / "film.mp4"))
    gc.collect()
    gc.disable()
    try:
        film = Film(path, path, None)
        next(iter(film))
        gone = weakref.ref(film)
        film.close()
        del film
        assert gone() is None
    finally:
        gc.enable()


def test_frames_that_wait_are_held_to_their_bytes():
    made = 0

    def frames(side):
        nonlocal made
        for index in range(20):
            made += 1
            yield Frame(np.zeros((side, side, 3), np.uint8), float(index), index)

    for side, most in ((2000, 2), (1000, 4)):
        made = 0
        with closing(ahead(frames(side))) as waiting:
            next(waiting)
            time.sleep(0.2)
            assert made <= most
            assert [frame.index for frame in waiting] == list(range(1, 20))


@pytest.mark.parametrize(
    ("codec", "options"),
    [("mpeg4", {}), ("libx264", {"x264-params": "open-gop=1"})],
)
def test_what_is_shown_before_a_key_picture_and_decoded_after_it_is_not_lost(
    tmp_path, codec, options
):
    path = write_film(
        tmp_path / "leading.mp4",
        numbered(100),
        rate=25,
        codec=codec,
        options={"g": "7", "bf": "3", **options},
    )
    for start_s, first in [(1.02, 26), (2.52, 63), (3.0, 75)]:
        with Video(path, start_s=start_s) as film:
            frames = list(film.sampled(Sampling(seconds=0.001)))
        assert not any(frame.skipped for frame in frames)
        assert numbers_of(frames) == list(range(first, 100))


def test_a_large_picture_is_made_when_the_one_before_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("mimika.sources.ahead.WAITING_BYTES", 10_000)
    alive: list[weakref.ref] = []
    most = 0
    make = FrameConverter.__call__

    def counted(converter, picture):
        nonlocal most
        alive[:] = [each for each in alive if each() is not None]
        most = max(most, len(alive))
        image = make(converter, picture)
        alive.append(weakref.ref(image))
        return image

    monkeypatch.setattr(FrameConverter, "__call__", counted)
    with Video(moving(tmp_path / "film.mp4")) as film:
        assert process(film, recognizer=SeesNothing()).frames == 50
        assert most == 0
        assert film.before_picture is None


def test_a_converter_holds_neither_pictures_nor_the_decoder(tmp_path):
    path = str(moving(tmp_path / "film.mp4", count=3))
    film = Film(path, path, None)
    picture = next(iter(film))[0]
    decoder = film.stream.codec_context
    held = sys.getrefcount(picture), sys.getrefcount(decoder)
    convert = FrameConverter(film.stream)
    assert convert(picture).shape == (64, 96, 3)
    assert (sys.getrefcount(picture), sys.getrefcount(decoder)) == held
    film.close()
