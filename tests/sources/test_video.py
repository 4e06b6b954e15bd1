"""Films: their own times, turned ones, broken ones."""

from __future__ import annotations

import gc
import itertools
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from helpers.media import write_damaged, write_video
from helpers.rights import no_root
from mimika.base.errors import InputError
from mimika.sources.frame import Frame
from mimika.sources.open import open_source
from mimika.sources.video import Video


def test_times_are_the_files_own_also_at_a_variable_rate(tmp_path):
    times = [0.0, 0.04, 0.08, 0.5, 0.54, 2.0]
    with Video(write_video(tmp_path / "vfr.mp4", times)) as film:
        frames = list(film)
    assert [frame.time_s for frame in frames] == pytest.approx(times, abs=2e-3)
    assert [frame.index for frame in frames] == list(range(6))
    assert [int(f.image.mean() / 8 + 0.5) for f in frames] == list(range(6))


def test_a_film_that_begins_late_begins_at_0(tmp_path):
    with Video(write_video(tmp_path / "late.mkv", [3.0, 3.04, 3.08])) as film:
        assert [f.time_s for f in film] == pytest.approx([0, 0.04, 0.08], abs=2e-3)


@pytest.mark.skipif(os.name == "nt", reason="rights of files are POSIX here")
def test_a_film_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film = write_video(Path("film.mp4"), [0.0, 0.04])
    Video(film).close()
    film.chmod(0)
    with no_root(), pytest.raises(InputError, match="film.mp4 cannot be read .Permission denied"):
        Video("film.mp4")


@pytest.mark.parametrize("name", ["film.mjpeg", "film.MJPG"])
def test_jpegs_one_after_another_are_a_film_also_when_their_size_changes(tmp_path, name):
    pictures = [Image.new("L", size, 9 * i) for i, size in enumerate([(64, 48)] * 3 + [(32, 80)])]
    with (tmp_path / name).open("wb") as file:
        for picture in pictures:
            picture.save(file, "JPEG")
    with open_source(tmp_path / name) as film:
        frames = list(film)
    assert [f.image.shape[:2] for f in frames] == [(48, 64)] * 3 + [(80, 32)]
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.08, 0.12])


def test_it_can_be_read_twice(tmp_path):
    with Video(write_video(tmp_path / "film.mp4", [i / 25 for i in range(5)])) as film:
        assert [len(list(film)), len(list(film))] == [5, 5]


def test_what_is_known_beforehand(tmp_path):
    with Video(write_video(tmp_path / "film.mp4", [i / 25 for i in range(50)])) as film:
        info = film.info
    assert (info.width, info.height, info.frames) == (64, 48, 50)
    assert info.rate_hz == pytest.approx(25, rel=0.1)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)


def test_a_turned_phone_film_is_upright(tmp_path):
    plain = tmp_path / "plain.mp4"
    with av.open(str(plain), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[:24] = 255  # the top is white
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    data = bytearray(plain.read_bytes())
    # The track header's matrix: identity becomes "turn by 90 degrees to view".
    header = data.index(b"tkhd")
    matrix = data.index(bytes.fromhex("00010000 00000000 00000000 00000000 00010000"), header)
    data[matrix : matrix + 20] = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000")
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    with Video(turned) as film:
        (frame,) = film
    assert frame.image.shape == (64, 48, 3)
    assert frame.image[:, 40:].mean() > 200 > 50 > frame.image[:, :8].mean()


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mov"])
def test_other_containers(tmp_path, suffix):
    path = write_video(tmp_path / f"film{suffix}", [i / 25 for i in range(10)])
    with open_source(path) as film:
        assert len(list(film)) == 10


def test_an_animated_gif_is_a_film(media):
    with open_source(media / "people-detection.gif") as film:
        assert film.info.kind == "video"
        assert len(list(film)) == 23


def test_a_film_cut_off_in_the_middle_gives_what_there_is(tmp_path):
    whole = write_video(tmp_path / "whole.mkv", [i / 25 for i in range(100)], (320, 240))
    cut = tmp_path / "cut.mkv"
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    with Video(cut) as film:
        assert 10 < len(list(film)) < 100


def test_a_broken_frame_is_counted_and_not_fatal(tmp_path, demo_clip):
    with Video(write_damaged(demo_clip, tmp_path / "damaged.mp4")) as film:
        frames = list(film)
        assert 300 < len(frames) <= 472
        assert film.dropped > 0
        assert "broken frame" in film.warnings[0]


@pytest.mark.parametrize("content", [b"", b"this is no film", b"\0" * 5000])
def test_what_is_no_film_is_one_sentence(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a video") as caught:
        Video(path)
    assert "\n" not in str(caught.value)


def test_a_picture_under_a_films_name_is_called_one(media, tmp_path):
    for name in ("astronaut.png", "astronaut.tif"):
        path = tmp_path / f"{name}.mp4"
        with Image.open(media / "astronaut.png") as picture:
            picture.convert("RGB").save(path, "PNG" if name.endswith("png") else "TIFF")
        with pytest.raises(InputError, match="is a picture, not a film: use `mimika image`"):
            Video(path)


def test_missing_folder_and_sound_only(tmp_path):
    with pytest.raises(InputError, match="There is no video"):
        Video(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="folder"):
        Video(tmp_path)
    sound = tmp_path / "sound.m4a"
    with av.open(str(sound), "w", format="mp4") as container:
        track = container.add_stream("aac", rate=16000)
        samples = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        samples.sample_rate, samples.pts, samples.time_base = 16000, 0, Fraction(1, 16000)
        container.mux(track.encode(samples))
        container.mux(track.encode(None))
    with pytest.raises(InputError, match="no video track"):
        Video(sound)


@pytest.mark.slow
def test_ten_thousand_frames_do_not_fill_the_memory(tmp_path):
    resource = pytest.importorskip("resource")
    path = write_video(tmp_path / "long.mp4", [i / 25 for i in range(10_000)], (320, 240))

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    with Video(path) as film:
        for frame in film:
            if frame.index == 1000:
                early = peak()
        assert frame.index == 9999
    assert peak() - early < 20


def test_a_frame_is_freed_as_soon_as_the_next_comes(demo_clip):
    gc.collect()
    gc.disable()
    try:
        with Video(demo_clip) as film:
            assert sum(1 for _ in itertools.islice(film, 100)) > 50
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        waiting = [each for each in gc.garbage if isinstance(each, (Frame, av.VideoFrame))]
        # The first waits for the reader itself.
        assert len(waiting) <= 1, "frames wait in cycles"
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
