"""Faces are drawn into the decoded picture itself: its colors stay, and the drawing has its own."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from mimika.drawing.overlay import Overlay
from mimika.labels.emotions import EMOTIONS, color
from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sources.video import Video

BT709, BT601 = 1, 6
BOX = Box(120, 90, 100, 120)


def film_of(path, matrix, size=(320, 240), color_range=1):
    """Ten frames of bands of strong colors."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    bands = [(200, 60, 40), (40, 180, 60), (50, 60, 210), (120, 120, 120)]
    for i, band in enumerate(bands):
        picture[:, i * size[0] // 4 : (i + 1) * size[0] // 4] = band
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.colorspace = stream.codec_context.color_primaries = matrix
        stream.codec_context.color_trc = matrix
        stream.codec_context.color_range = color_range
        for i in range(10):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace=matrix, dst_color_range=color_range
            )
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def annotated(path, out):
    face = Face(BOX, 1, dict.fromkeys(EMOTIONS, 0.05) | {"happy": 0.6}, "happy", 0.6, 0.9)
    with Video(path) as film, AnnotatedVideo(out, film.info, Overlay()) as sink:
        for frame in film:
            height, width = frame.image.shape[:2]
            sink.write(frame, FrameResult(frame.time_s, frame.index, width, height, (face,)))
    return list(Video(path)), list(Video(out))


@pytest.mark.parametrize("matrix", [BT709, BT601])
def test_colors_stay_and_the_drawing_has_its_own(tmp_path, matrix):
    path = film_of(tmp_path / "film.mp4", matrix)
    before, after = annotated(path, tmp_path / "out.mp4")
    assert before[0].decoded.colorspace == after[0].decoded.colorspace == matrix
    assert len(after) == 10
    for one, other in zip(before, after, strict=True):
        assert np.abs(one.image.astype(int) - other.image)[:, :90].mean() < 3
        # A pixel of the box's left line, far from its corners.
        assert np.abs(other.image[180, 120].astype(int) - color("happy")[::-1]).max() < 45
        edge = other.image[130:200, 118:123].astype(int) - color("happy")[::-1]
        assert np.abs(edge).max(axis=2).min() < 25


@pytest.mark.parametrize(
    ("size", "color_range"), [((321, 240), 1), ((320, 241), 1), ((320, 240), 2)]
)
def test_films_that_cannot_be_drawn_into_are_converted(tmp_path, size, color_range):
    path = film_of(tmp_path / "film.mkv", BT601, (320, 240), color_range)
    if size != (320, 240):
        path = odd(path, tmp_path / "odd.mkv", size)
    before, after = annotated(path, tmp_path / "out.mp4")
    assert after[0].image.shape[0] % 2 == after[0].image.shape[1] % 2 == 0
    high, wide = before[0].image.shape[:2]
    shown = after[0].image[:high, :wide].astype(int)
    assert np.abs(before[0].image - shown)[:, :90].mean() < 4
    assert np.abs(shown[180, 120] - color("happy")[::-1]).max() < 45


def odd(path, out, size):
    """The film in a size with an odd side."""
    with av.open(str(path)) as film, av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for frame in film.decode(video=0):
            container.mux(stream.encode(frame.reformat(*size, format="yuv444p")))
        container.mux(stream.encode(None))
    return out
