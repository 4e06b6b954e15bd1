"""The sound of annotated films: every kind of track, in time, and never at the film's cost."""

from __future__ import annotations

import av
import numpy as np
import pytest

from helpers.media import Tone, numbered, numbers_of, sound_of, write_film
from mimika.drawing.overlay import Overlay
from mimika.schema.results import FrameResult
from mimika.sinks import sound
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sources.open import open_source
from mimika.sources.video import Video

RATE = 24


def annotated(path, out, **options):
    """Write a film again without faces; return what was warned of."""
    warned = []
    with (
        open_source(path, **options) as film,
        AnnotatedVideo(out, film.info, Overlay(), warn=warned.append) as sink,
    ):
        for frame in film:
            height, width = frame.image.shape[:2]
            sink.write(frame, FrameResult(frame.time_s, frame.index, width, height, ()))
    assert [each.name for each in out.parent.iterdir() if ".part" in each.name] == []
    return warned


def loud(samples, rate, begins_s, length_s):
    """From when to when it sounds, in seconds, and its strongest frequency in hertz."""
    track = np.concatenate([np.zeros(max(0, round(begins_s * rate)), np.float32), samples])
    window = rate // 50
    power = np.sqrt(np.convolve(track**2, np.ones(window) / window, "same"))
    (heard,) = np.nonzero(power > 0.1)
    middle = track[heard[0] + window : heard[-1] - window]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    hertz = spectrum.argmax() * rate / len(middle)
    return heard[0] / rate, min(heard[-1] / rate, length_s), hertz


TONES = {
    "mp3-8k.avi": Tone("libmp3lame", 8000, 2.0),
    "mp3-44k.mkv": Tone("libmp3lame", 44100, 2.0),
    "pcm24-192k.mov": Tone("pcm_s24le", 192_000, 2.0, format="s32"),
    "pcm8.avi": Tone("pcm_u8", 11025, 2.0, format="u8"),
    "pcm16.mkv": Tone("pcm_s16le", 44100, 2.0, format="s16"),
    "float.mkv": Tone("pcm_f32le", 96_000, 2.0, format="flt"),
    "vorbis.mkv": Tone("vorbis", 48000, 2.0, options={"strict": "-2"}),
    "flac.mkv": Tone("flac", 44100, 2.0, format="s16"),
    "opus.webm": Tone("libopus", 48000, 2.0, format="flt"),
    "ac3.ts": Tone("ac3", 48000, 2.0),
    "aac.ts": Tone("aac", 48000, 2.0),
    "mp2.mpg": Tone("mp2", 48000, 2.0, format="s16"),
    "alaw.mov": Tone("pcm_alaw", 8000, 2.0, format="s16"),
    "adpcm.avi": Tone("adpcm_ima_wav", 22050, 2.0, format="s16p"),
    "alac.mov": Tone("alac", 44100, 2.0, format="s16p"),
}


@pytest.mark.parametrize("name", TONES)
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_sound_of_every_kind_is_kept(tmp_path, name, ending):
    tone = TONES[name]
    codec = {"mpg": "mpeg2video", "webm": "libvpx-vp9"}.get(name.rpartition(".")[2], "libx264")
    if tone.codec == "vorbis":
        # The encoder that FFmpeg brings knows stereo only.
        tone.layout = "stereo"
    path = write_film(tmp_path / name, numbered(), codec=codec, sounds=[tone])
    out = tmp_path / f"out{ending}"
    assert annotated(path, out) == []
    begins_s, ends_s, hertz = loud(*sound_of(out), 2.0)
    # MP3 encoders begin with up to 1105 samples of silence.
    assert begins_s < 0.15
    assert ends_s == pytest.approx(2.0, abs=0.12)
    assert hertz == pytest.approx(440, abs=2)
    with Video(out) as film:
        assert numbers_of(film) == list(range(48))


def test_all_tracks_are_kept(tmp_path):
    tones = [
        Tone("aac", 48000, 2.0, hertz=440),
        Tone("pcm_s16le", 22050, 2.0, hertz=660, format="s16"),
    ]
    path = write_film(tmp_path / "two.mkv", numbered(), sounds=tones)
    out = tmp_path / "out.mp4"
    assert annotated(path, out) == []
    # In the order of the file.
    assert loud(*sound_of(out, 0), 2.0)[2] == pytest.approx(440, abs=2)
    assert loud(*sound_of(out, 1), 2.0)[2] == pytest.approx(660, abs=2)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("name", ["a.mkv", "a.mov"])
def test_sound_that_begins_late_or_goes_on_stays_in_time(tmp_path, codec, name):
    kind = "fltp" if codec == "aac" else "s16"
    tone = Tone(codec, 48000, 5.0, begins_s=1.0, format=kind)
    path = write_film(tmp_path / name, numbered(), sounds=[tone])
    out = tmp_path / "out.mp4"
    assert annotated(path, out) == []
    begins_s, ends_s, _ = loud(*sound_of(out), 9.0)
    assert begins_s == pytest.approx(1.0, abs=0.08)
    assert ends_s == pytest.approx(2.0, abs=0.1)


def test_sound_that_is_shorter_ends_where_it_ends(tmp_path):
    path = write_film(tmp_path / "a.mkv", numbered(), sounds=[Tone(seconds=0.7)])
    out = tmp_path / "out.mp4"
    assert annotated(path, out) == []
    assert loud(*sound_of(out), 9.0)[1] == pytest.approx(0.7, abs=0.1)
    with Video(out) as film:
        assert len(list(film)) == 48


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_a_film_that_begins_at_ten_seconds_keeps_its_sound_in_time(tmp_path, codec):
    tone = Tone(codec, 48000, 1.0, begins_s=10.5, format="fltp" if codec == "aac" else "s16")
    times = [10 + i / 24 for i in range(48)]
    path = write_film(tmp_path / "late.mkv", numbered(), times_s=times, sounds=[tone])
    out = tmp_path / "out.mp4"
    assert annotated(path, out) == []
    begins_s, ends_s, _ = loud(*sound_of(out), 9.0)
    assert begins_s == pytest.approx(0.5, abs=0.08)
    assert ends_s == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_a_range_has_its_part_of_the_sound(tmp_path, codec):
    tone = Tone(codec, 48000, 0.5, begins_s=1.0, format="fltp" if codec == "aac" else "s16")
    path = write_film(tmp_path / "a.mkv", numbered(), sounds=[tone])
    out = tmp_path / "out.mp4"
    assert annotated(path, out, start_s=0.75, end_s=1.75) == []
    begins_s, ends_s, _ = loud(*sound_of(out), 9.0)
    assert begins_s == pytest.approx(0.25, abs=0.08)
    assert ends_s == pytest.approx(0.75, abs=0.1)
    with Video(out) as film:
        assert numbers_of(film) == list(range(18, 42))
    (warning,) = annotated(path, tmp_path / "silent.mp4", start_s=0.0, end_s=0.5)
    assert "no sound in this part" in warning


def test_a_gap_in_the_sound_is_silence(tmp_path):
    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 112, 48, "yuv420p"
        first = Tone("pcm_s16le", 16000, 0.5, format="s16")
        last = Tone("pcm_s16le", 16000, 0.5, begins_s=1.5, hertz=660, format="s16")
        track = first.add_to(target)
        for image in numbered():
            target.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        target.mux(stream.encode(None))
        for tone in (first, last):
            samples = 16000 * 0.5 * np.sin(2 * np.pi * tone.hertz * np.arange(8000) / 16000)
            frame = av.AudioFrame.from_ndarray(
                samples.astype(np.int16)[None], format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = 16000, round(tone.begins_s * 16000)
            target.mux(track.encode(frame))
        target.mux(track.encode(None))
    out = tmp_path / "out.mp4"
    assert annotated(path, out) == []
    samples, rate, _ = sound_of(out)
    loudness = [
        np.abs(samples[int(t * rate) : int((t + 0.2) * rate)]).max() for t in (0.2, 0.9, 1.7)
    ]
    assert loudness[0] > 0.1 > 0.02 > loudness[1]
    assert loudness[2] > 0.1


def test_sound_that_cannot_be_laid_beside_leaves_the_film_silent_and_says_so(tmp_path, monkeypatch):
    path = write_film(tmp_path / "a.mkv", numbered(), sounds=[Tone(seconds=2.0)])
    out = tmp_path / "out.mp4"

    def refuse(*_):
        raise OSError("the encoder refuses")

    monkeypatch.setattr(sound, "with_sound", refuse)
    (warning,) = annotated(path, out)
    assert "has no sound" in warning
    assert "the encoder refuses" in warning
    with Video(out) as film:
        assert numbers_of(film) == list(range(48))


def test_a_film_that_is_gone_when_its_sound_is_wanted(tmp_path):
    path = write_film(tmp_path / "a.mkv", numbered(), sounds=[Tone(seconds=2.0)])
    out, warned = tmp_path / "out.mp4", []
    with Video(path) as film:
        frames, info = list(film), film.info
    path.unlink()
    with AnnotatedVideo(out, info, Overlay(), warn=warned.append) as sink:
        for frame in frames:
            sink.write(frame, FrameResult(frame.time_s, frame.index, 112, 48, ()))
    assert "has no sound" in warned[0]
    with Video(out) as film:
        assert numbers_of(film) == list(range(48))


def test_damaged_sound_is_a_gap(tmp_path):
    path = write_film(
        tmp_path / "a.mkv",
        numbered(),
        sounds=[Tone("vorbis", 48000, 2.0, options={"strict": "-2"}, layout="stereo")],
    )
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = b"\x5a" * 600
    path.write_bytes(data)
    out = tmp_path / "out.mp4"
    annotated(path, out)
    with Video(out) as film:
        assert len(list(film)) >= 24
