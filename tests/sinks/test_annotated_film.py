"""The annotated film has the times, the end and the shape of what it was made from."""

from __future__ import annotations

import av
import numpy as np
import pytest

import mimika
from helpers.faces import FRAMES, SECONDS, base_images
from helpers.media import Tone, numbered, numbers_of, sound_of, write_film
from mimika.drawing.overlay import Overlay
from mimika.schema.results import FrameResult
from mimika.sinks.annotated_video import AnnotatedVideo, fitted
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.video import Video


def write_again(path, out):
    with Video(path) as film, AnnotatedVideo(out, film.info, Overlay()) as sink:
        for frame in film:
            height, width = frame.image.shape[:2]
            sink.write(frame, FrameResult(frame.time_s, frame.index, width, height, ()))


def declared(path):
    """Seconds that the container and its video stream declare."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        own = stream.duration and float(stream.duration * stream.time_base)
        return film.duration / 1e6, own


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("source", ["a.mp4", "a.mkv"])
def test_a_film_of_variable_rate_ends_where_its_last_frame_ends(tmp_path, ending, source):
    times = [*(i / 25 for i in range(25)), 6.0, 6.04, 11.0, 12.96]
    path = write_film(
        tmp_path / source, numbered(len(times)), times_s=times, sounds=[Tone(seconds=14.0)]
    )
    out = tmp_path / f"out{ending}"
    write_again(path, out)
    with Video(path) as film:
        last = list(film)[-1]
    ends_s = last.time_s + last.duration_s
    assert 12.96 < ends_s < 16
    with Video(out) as film:
        frames = list(film)
    assert numbers_of(frames) == list(range(len(times)))
    assert [f.time_s for f in frames] == pytest.approx(times, abs=2e-3)
    whole_s, own_s = declared(out)
    assert whole_s == pytest.approx(ends_s, abs=0.06)
    if own_s is not None:
        assert own_s == pytest.approx(ends_s, abs=0.01)
    samples, rate, begins_s = sound_of(out)
    assert begins_s + len(samples) / rate == pytest.approx(min(ends_s, 14.0), abs=0.06)


def test_a_film_of_constant_rate_declares_its_length(tmp_path):
    path = write_film(tmp_path / "base.mp4", base_images(), sounds=[Tone()])
    out = tmp_path / "out.mp4"
    summary = mimika.process(path, sinks=[out])
    assert summary.frames == FRAMES
    whole_s, own_s = declared(out)
    assert own_s == pytest.approx(SECONDS, abs=1e-3)
    assert whole_s == pytest.approx(SECONDS, abs=0.03)
    with av.open(str(out)) as film:
        assert film.streams.video[0].frames == FRAMES
        assert film.streams.video[0].average_rate == 24


def test_frames_that_begin_late_begin_the_film(tmp_path):
    info = SourceInfo("camera 0", "camera", live=True, rate_hz=25)
    with AnnotatedVideo(tmp_path / "a.mp4", info, Overlay()) as sink:
        for i, image in enumerate(numbered(10)):
            frame = Frame(image, 30 + i / 25, i)
            sink.write(frame, FrameResult(frame.time_s, i, 112, 48, ()))
    assert declared(tmp_path / "a.mp4")[0] == pytest.approx(0.4, abs=2e-3)


def test_a_size_that_changes_is_fitted_with_black_borders(tmp_path):
    info = SourceInfo("camera 0", "camera", live=True, rate_hz=25)
    images = [np.full((h, w, 3), 200, np.uint8) for w, h in ((128, 96), (64, 96), (256, 96))]
    with AnnotatedVideo(tmp_path / "a.mp4", info, Overlay()) as sink:
        for i, image in enumerate(images):
            height, width = image.shape[:2]
            sink.write(Frame(image, i / 25, i), FrameResult(i / 25, i, width, height, ()))
    with Video(tmp_path / "a.mp4") as film:
        first, tall, wide = (frame.image[:, :, 0].astype(int) for frame in film)
    assert first.min() > 180
    assert tall[48, 64] > 180
    assert tall[:, :28].max() < 40 > tall[:, 100:].max()
    assert wide[48, 64] > 180
    assert wide[:20].max() < 40 > wide[76:].max()


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (10, 48), (640, 20), (1, 1)])
def test_fitting_keeps_the_shape(size):
    image = np.full((size[1], size[0], 3), 200, np.uint8)
    placed = fitted(image, (64, 48))
    assert placed.shape == (48, 64, 3)
    rows, columns = (placed[:, :, 0] > 100).nonzero()
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert width == 64 or height == 48
    assert width / height == pytest.approx(size[0] / size[1], rel=0.05)


@pytest.mark.parametrize("rate_hz", [0.0, 90_000.0, float("nan"), 1e-6])
def test_rates_that_are_none_do_no_harm(tmp_path, rate_hz):
    info = SourceInfo("camera 0", "camera", live=True, rate_hz=rate_hz)
    with AnnotatedVideo(tmp_path / "a.mp4", info, Overlay()) as sink:
        for i, image in enumerate(numbered(5)):
            sink.write(Frame(image, i / 25, i), FrameResult(i / 25, i, 112, 48, ()))
    with Video(tmp_path / "a.mp4") as film:
        assert numbers_of(film) == list(range(5))
