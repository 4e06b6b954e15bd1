"""Ranges of films, and films that break off."""

from __future__ import annotations

import math

import pytest

import mimika
from helpers.faces import base_images
from helpers.media import Tone, numbered, numbers_of, write_film
from mimika.base.errors import InputError, UsageError
from mimika.sources.film import Film
from mimika.sources.video import Video


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mkv", "libx264"),
        ("a.ts", "libx264"),
        ("a.avi", "mpeg4"),
        ("a.avi", "libx264"),
        ("a.h264", "libx264"),
        ("a.flv", "libx264"),
        ("a.mpg", "mpeg2video"),
        ("a.webm", "libvpx-vp9"),
    ],
)
def test_a_range_has_its_frames_at_the_films_times(tmp_path, name, codec):
    path = write_film(tmp_path / name, numbered(96), codec=codec, options={"g": "12"})
    with Video(path) as film:
        whole = [frame for frame in film if 1.499 <= frame.time_s < 2.499]
    # FFmpeg leaves a gap of one frame in the timestamps of MPEG program streams.
    assert numbers_of(whole)[-20:] == list(range(39, 59) if name == "a.mpg" else range(40, 60))
    with mimika.open_source(path, start_s=1.5, end_s=2.5) as film:
        for _ in range(2):
            frames = list(film)
            assert numbers_of(frames) == numbers_of(whole)
            assert [f.index for f in frames] == list(range(24))
            assert [f.time_s for f in frames] == pytest.approx([f.time_s for f in whole])
        assert film.incomplete == ""
        if film.info.duration_s is not None:
            assert film.info.duration_s == pytest.approx(1.0, abs=0.1)
            assert film.info.frames == pytest.approx(24, abs=3)


def test_a_range_is_sought(tmp_path, monkeypatch):
    path = write_film(tmp_path / "a.mp4", numbered(96), options={"g": "12"})
    decoded = []
    original = Film.decode
    monkeypatch.setattr(
        Film, "decode", lambda self, packet: decoded.append(packet) or original(self, packet)
    )
    with mimika.open_source(path, start_s=3.5) as film:
        decoded.clear()
        assert numbers_of(film) == list(range(84, 96))
    assert len(decoded) < 40


def test_ranges_without_a_start_or_an_end(tmp_path):
    path = write_film(tmp_path / "a.mp4", numbered(48))
    with Video(path, start_s=1.0) as film:
        assert numbers_of(film) == list(range(24, 48))
    with Video(path, end_s=1.0) as film:
        assert numbers_of(film) == list(range(24))
    with Video(path, start_s=1.0, end_s=99.0) as film:
        assert numbers_of(film) == list(range(24, 48))
    late = write_film(tmp_path / "late.mkv", numbered(48), times_s=[10 + i / 24 for i in range(48)])
    with Video(late, start_s=1.0, end_s=1.5) as film:
        assert numbers_of(film) == list(range(24, 36))


def test_ranges_that_are_none(tmp_path, media):
    path = write_film(tmp_path / "a.mp4", numbered(48))
    for start_s, end_s in ((2.0, 1.0), (1.0, 1.0), (-1.0, None), (math.nan, None), (0.0, math.inf)):
        with pytest.raises(UsageError, match="range"):
            Video(path, start_s=start_s, end_s=end_s)
    with Video(path, start_s=5.0) as film, pytest.raises(InputError, match=r"it ends at 2\.00 s"):
        list(film)
    with pytest.raises(UsageError, match="no film"):
        mimika.open_source(media / "obama.jpg", start_s=1.0)


def film_end(frames):
    return frames[-1].time_s + 1 / 24


CUT = [
    ("a.mp4", "libx264", {"movflags": "faststart"}),
    ("a.mov", "libx264", {"movflags": "faststart"}),
    ("a.mkv", "libx264", {}),
    ("a.webm", "libvpx-vp9", {}),
    ("a.avi", "mpeg4", {}),
    ("a.flv", "libx264", {}),
]


@pytest.mark.parametrize(("name", "codec", "container"), CUT)
@pytest.mark.parametrize("sound", [False, True])
def test_a_film_cut_off_in_the_middle_says_what_it_lacks(tmp_path, name, codec, container, sound):
    kind = "libopus" if name.endswith("webm") else "aac"
    fast = {"deadline": "realtime", "cpu-used": "8"} if name.endswith("webm") else {}
    tones = [Tone(kind, 48000, 4.0, format="flt" if kind == "libopus" else "fltp")] * sound
    path = write_film(
        tmp_path / name,
        base_images(),
        codec=codec,
        options=fast,
        container_options=container,
        sounds=tones,
    )
    with Video(path) as film:
        assert len(list(film)) == 96
        assert (film.incomplete, film.warnings) == ("", [])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with Video(path) as film:
        frames = list(film)
        assert 20 < len(frames) < 80
        assert f"{path} breaks off" in film.incomplete
        assert f"{film_end(frames):.1f} s of the 4." in film.incomplete
        assert film.incomplete in film.warnings
        assert "\n" not in film.incomplete


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.mp4"])
def test_a_film_that_begins_late_is_as_long_as_it_is(tmp_path, name):
    path = write_film(tmp_path / name, base_images(), times_s=[9 + i / 24 for i in range(96)])
    with Video(path) as film:
        assert film.info.duration_s == pytest.approx(4.0, abs=0.1)
        assert film.info.frames == pytest.approx(96, abs=2)
        assert len(list(film)) == 96
        assert film.incomplete == ""
    if name == "a.mkv":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with Video(path) as film:
            assert 20 < len(list(film)) < 80
            assert "s of the 4.0 s" in film.incomplete


def test_a_film_in_fragments_says_how_many_bytes_it_lacks(tmp_path):
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = write_film(
        tmp_path / "a.mp4", base_images(), container_options=options, options={"g": "12"}
    )
    with Video(path) as film:
        assert len(list(film)) == 96
        assert film.incomplete == ""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Video(path) as film:
        assert 20 < len(list(film)) < 80
        assert "bytes are missing" in film.incomplete


def test_a_film_whose_index_is_cut_off_is_one_sentence(tmp_path):
    path = write_film(tmp_path / "a.mp4", numbered())
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="cut off before its end") as caught:
        Video(path)
    assert "\n" not in str(caught.value)


def test_a_film_full_of_zeros_from_the_middle_on(tmp_path):
    path = write_film(
        tmp_path / "a.mp4", base_images(), container_options={"movflags": "faststart"}
    )
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[:half] + bytes(len(data) - half))
    with Video(path) as film:
        frames = list(film)
        assert len(frames) < 96
        assert film.incomplete or film.dropped


def test_the_part_of_a_range_that_is_there_is_whole(tmp_path):
    path = write_film(
        tmp_path / "a.mp4", base_images(), container_options={"movflags": "faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with Video(path, end_s=0.5) as film:
        assert len(list(film)) == 12
        assert film.incomplete == ""
    with Video(path, start_s=0.5) as film:
        list(film)
        assert "breaks off" in film.incomplete


def test_process_warns_of_what_is_said_of_a_film_that_it_opened(tmp_path):
    path = write_film(
        tmp_path / "a.mp4", base_images(), container_options={"movflags": "faststart"}
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.warns(UserWarning, match="breaks off"):
        summary = mimika.process(path, sinks=[tmp_path / "a.csv"])
    assert summary.frames > 20
    assert (tmp_path / "a.csv").exists()
