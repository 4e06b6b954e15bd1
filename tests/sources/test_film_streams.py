"""Which stream of a file is the film."""

from __future__ import annotations

import av
import numpy as np
import pytest

import mimika
from helpers.media import Tone, numbered, numbers_of, sound_of, write_film
from helpers.programs import two_programs
from mimika.base.errors import InputError, UsageError
from mimika.sources.video import Video


def write_streams(path, streams, *, covers=(), container=None):
    """A file with video streams of (codec, pictures, disposition), and attached cover pictures."""
    with av.open(str(path), "w", format=container) as target:
        made = []
        for codec, images, disposition in streams:
            stream = target.add_stream(codec, rate=24)
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = disposition
            made.append((stream, images))
        for cover in covers:
            target.add_attachment("cover.jpg", "image/jpeg", cover)
        for stream, images in made:
            for image in images:
                frame = av.VideoFrame.from_ndarray(image, format="bgr24")
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    return path


COVER = np.full((600, 600, 3), 200, np.uint8)


@pytest.mark.parametrize(
    ("name", "disposition"), [("a.mkv", 0), ("a.mkv", 1), ("a.mp4", 1024), ("a.mov", 0)]
)
def test_a_cover_picture_before_the_film_is_passed_over(tmp_path, name, disposition):
    path = write_streams(
        tmp_path / name, [("mjpeg", [COVER], disposition), ("libx264", numbered(), 0)]
    )
    with Video(path) as film:
        frames = list(film)
        # MP4 keeps covers behind the tracks.
        assert film.info.stream == (0 if disposition == 1024 else 1)
    assert numbers_of(frames) == list(range(48))


def test_an_attached_cover_is_passed_over(tmp_path, media):
    cover = (media / "obama.jpg").read_bytes()
    path = write_streams(tmp_path / "a.mkv", [("libx264", numbered(), 1)], covers=[cover])
    with Video(path) as film:
        assert numbers_of(film) == list(range(48))
        assert film.warnings == []


def test_sound_with_a_cover_is_no_film(tmp_path, media):
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as target:
        tone = Tone("libmp3lame", 44100, 1.0, format="fltp")
        track = tone.add_to(target)
        cover = target.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 600
        cover.pix_fmt, cover.disposition = "yuvj420p", 1024
        target.mux(cover.encode(av.VideoFrame.from_ndarray(COVER, format="bgr24")))
        target.mux(cover.encode(None))
        tone.write(target, track)
    with av.open(str(path)) as made:
        assert len(made.streams.video) == 1
    with pytest.raises(InputError, match="only a cover picture"):
        Video(path)


def test_of_several_films_the_default_or_largest_is_read_and_said(tmp_path):
    small, large = numbered(10), numbered(20, (224, 96))
    path = write_streams(tmp_path / "two.mkv", [("libx264", small, 0), ("libx264", large, 0)])
    with Video(path) as film:
        assert (film.info.stream, len(list(film))) == (1, 20)
        assert "2 video streams: number 1 is read" in film.warnings[0]
        assert "0 (h264 112x48)" in film.warnings[0]
    with mimika.open_source(path, stream=0) as film:
        assert (film.info.width, len(list(film))) == (112, 10)
        assert film.warnings == []
    path = write_streams(tmp_path / "default.mkv", [("libx264", small, 1), ("libx264", large, 0)])
    with Video(path) as film:
        assert film.info.stream == 0


def test_a_stream_that_is_none_is_one_sentence(tmp_path):
    path = write_film(tmp_path / "a.mkv", numbered(3), sounds=[Tone(seconds=0.5)])
    for wanted in (1, 7, -1):
        with pytest.raises(UsageError, match=r"--stream takes one of 0 \(h264"):
            Video(path, stream=wanted)
    with pytest.raises(UsageError, match="no film"):
        mimika.open_source("0", stream=1)


def test_subtitles_and_data_beside_the_film_do_no_harm(tmp_path):
    (tmp_path / "words.srt").write_text("1\n00:00:00,500 --> 00:00:09,000\nHello\n")
    path = tmp_path / "subtitled.mkv"
    with av.open(str(tmp_path / "words.srt")) as words, av.open(str(path), "w") as target:
        into = target.add_stream_from_template(words.streams.subtitles[0])
        stream = target.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 112, 48, "yuv420p"
        for image in numbered():
            target.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        target.mux(stream.encode(None))
        for packet in words.demux():
            if packet.size:
                packet.stream = into
                target.mux(packet)
    with Video(path) as film:
        assert numbers_of(film) == list(range(48))
        assert film.incomplete == ""


def test_the_sound_is_that_of_the_films_program(tmp_path):
    films = [
        write_film(tmp_path / f"{hertz}.ts", numbered(size=size), sounds=[Tone("mp2", **tone)])
        for size, hertz in [((112, 48), 440), ((224, 96), 880)]
        for tone in [{"seconds": 2.0, "hertz": hertz, "format": "s16"}]
    ]
    path = two_programs(*films, tmp_path / "programs.ts")
    for stream, hertz in {None: 880, 0: 440}.items():
        seen = tmp_path / f"{hertz}.mp4"
        with Video(path, stream=stream) as film:
            mimika.process(film, sinks=[seen])
        with av.open(str(seen)) as container:
            assert len(container.streams.audio) == 1
        sound, rate, _ = sound_of(seen)
        middle = sound[rate // 2 : rate]
        heard = np.abs(np.fft.rfft(middle)).argmax() * rate / len(middle)
        assert heard == pytest.approx(hertz, abs=3)
