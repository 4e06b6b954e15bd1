"""Films and cameras made for the tests; imported by those that need them."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from itertools import islice

import av
import numpy as np


def write_video(path, times_s, size=(64, 48), *, sound=False, codec="libx264"):
    """A film whose frame i is gray of value 8 * i, at the given times."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if codec == "libx264":
            stream.options = {"bf": "0"}
        track = container.add_stream("aac", rate=16000) if sound else None
        for i, time_s in enumerate(times_s):
            picture = np.full((size[1], size[0], 3), 8 * i % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(time_s * 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None:
            count = int(16000 * (times_s[-1] + 0.04)) // 1024
            for i in range(count):
                wave = np.sin(np.arange(1024) * 0.2).astype(np.float32)[None]
                sample = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
                sample.sample_rate, sample.pts = 16000, i * 1024
                container.mux(track.encode(sample))
            container.mux(track.encode(None))
    return path


def write_beginning(film, path, frames):
    """The first `frames` frames of a film, as they are, in a film of their own."""
    with av.open(str(film)) as whole, av.open(str(path), "w") as part:
        stream = part.add_stream_from_template(whole.streams.video[0])
        for packet in islice(whole.demux(video=0), frames):
            packet.stream = stream
            part.mux(packet)
    return path


class FakeCamera:
    """A webcam with the faults of webcams, for `Camera(open_device=...)`.

    `plan` says what each read does: a (width, height) gives a frame, "fail" a failed read, "stall"
    waits `stall_s`; after its end the last entry repeats. `away` opens fail after the plan failed.
    """

    def __init__(self, plan, *, away=0, stall_s=0.4, rate_hz=200):
        self.plan, self.away, self.stall_s, self.rate_hz = list(plan), away, stall_s, rate_hz
        self.reads = self.opened = self.closed = 0
        self.threads = set()

    def __call__(self, number, size, rate_hz):
        self.opened += 1
        if self.opened > 1 and self.away > 0:
            self.away -= 1
            raise OSError("no such device")
        return self

    def read(self):
        self.threads.add(threading.current_thread())
        step = self.plan[min(self.reads, len(self.plan) - 1)]
        self.reads += 1
        time.sleep(1 / self.rate_hz)
        if step == "fail":
            return None
        if step == "stall":
            time.sleep(self.stall_s)
            step = (64, 48)
        return np.full((step[1], step[0], 3), self.reads % 256, np.uint8)

    def close(self):
        self.closed += 1
