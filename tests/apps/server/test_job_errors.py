"""What a visitor reads of a film: no paths of the server, no options of its command line."""

from __future__ import annotations

import av
import numpy as np

from mimika.apps.server.job_errors import without
from mimika.sources.video import Video


def write_two_streams(path):
    with av.open(str(path), "w") as film:
        streams = [film.add_stream("mpeg4", rate=25, width=64, height=48) for _ in range(2)]
        for stream in streams:
            stream.pix_fmt = "yuv420p"
        for stream in streams:
            image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
            film.mux(stream.encode(image))
            film.mux(stream.encode(None))
    return path


def test_options_are_no_advice_for_a_visitor(tmp_path):
    upload = write_two_streams(tmp_path / "upload.mkv")
    with Video(upload) as film:
        (warning,) = film.warnings
    assert "--stream" in warning
    assert without(upload, warning) == "The video has 2 video streams: number 0 is read."


def test_a_turn_is_said_without_the_option_against_it(tmp_path):
    upload = tmp_path / "upload"
    turned = f"{upload}: it is turned by 90 degrees clockwise; --rotate 0 leaves it as it is."
    assert without(upload, turned) == "The video: it is turned by 90 degrees clockwise."
