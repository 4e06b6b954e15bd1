"""Films and cameras made for the tests; imported by those that need them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice

import av
import numpy as np

ONE_THREAD = {"threads": "1"}
"""For encoders: what x264 writes depends on how many threads it has, and with many on chance."""


def write_video(path, times_s, size=(64, 48), *, sound=False, codec="libx264"):
    """A film whose frame i is gray of value 8 * i, at the given times."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if codec == "libx264":
            stream.options = ONE_THREAD | {"bf": "0"}
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
    waits `stall_s` or until `goes_on` is set; after its end the last entry repeats. `away` opens
    fail after the plan failed.
    """

    def __init__(self, plan, *, away=0, stall_s=0.4, rate_hz=200):
        self.plan, self.away, self.stall_s, self.rate_hz = list(plan), away, stall_s, rate_hz
        self.reads = self.opened = self.closed = 0
        self.threads, self.goes_on = set(), threading.Event()

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
            self.goes_on.wait(self.stall_s)
            step = (64, 48)
        return np.full((step[1], step[0], 3), self.reads % 256, np.uint8)

    def close(self):
        self.closed += 1


def write_damaged(film, path):
    """The film with 3,000 bytes of its middle overwritten: some frames cannot be decoded."""
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\xa5" * 3000
    path.write_bytes(data)
    return path


def write_film(
    path,
    images,
    *,
    rate=24,
    times_s=None,
    codec="libx264",
    pix_fmt="yuv420p",
    ratio=None,
    options=None,
    container=None,
    container_options=None,
    sounds=(),
    **stream,
):
    """A film of (H, W, 3) uint8 BGR pictures.

    `sounds` are `Tone`s. `ratio` is the shape of the pixels; further words set the stream's
    `rotation` (counterclockwise), `mirrored`, or attributes of its codec context.
    """
    rotation, mirrored = stream.pop("rotation", None), stream.pop("mirrored", False)
    with av.open(str(path), "w", format=container, options=container_options or {}) as target:
        quick = {"preset": "veryfast"} if codec == "libx264" else {}
        made = target.add_stream(codec, rate=rate, options=ONE_THREAD | quick | (options or {}))
        made.height, made.width = images[0].shape[:2]
        made.pix_fmt = pix_fmt
        if times_s is not None:
            made.codec_context.time_base = Fraction(1, 1000)
        if ratio is not None:
            made.codec_context.sample_aspect_ratio = ratio
        if rotation is not None or mirrored:
            made.set_display_rotation(rotation or 0, hflip=mirrored)
        for name, value in stream.items():
            setattr(made.codec_context, name, value)
        tracks = [(tone, tone.add_to(target)) for tone in sounds]
        for i, image in enumerate(images):
            frame = image
            if isinstance(image, np.ndarray):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            frame.time_base = Fraction(1, 1000) if times_s is not None else Fraction(1, rate)
            frame.pts = round(times_s[i] * 1000) if times_s is not None else i
            target.mux(made.encode(frame))
        target.mux(made.encode(None))
        for tone, track in tracks:
            tone.write(target, track)
    return path


@dataclass
class Tone:
    """A sine tone, as a sound track."""

    codec: str = "aac"
    rate: int = 48000
    seconds: float = 4.0
    begins_s: float = 0.0
    hertz: float = 440.0
    format: str = "fltp"
    layout: str = "mono"
    options: dict = field(default_factory=dict)

    def add_to(self, target):
        track = target.add_stream(self.codec, rate=self.rate, options=self.options)
        track.codec_context.layout = self.layout
        if self.format != "fltp":
            track.codec_context.format = self.format
        return track

    def write(self, target, track):
        step = self.rate // 10
        wave = 0.5 * np.sin(
            2 * np.pi * self.hertz * np.arange(int(self.seconds * self.rate)) / self.rate
        )
        for at in range(0, len(wave), step):
            part = wave[None, at : at + step].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate = self.rate
            frame.time_base = Fraction(1, self.rate)
            frame.pts = at + round(self.begins_s * self.rate)
            target.mux(track.encode(frame))
        target.mux(track.encode(None))


def sound_of(path, track=0):
    """The samples of a film's sound, (N,) float32, their rate in hertz, and when they begin."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        resampler = av.AudioResampler(format="fltp", layout="mono")
        frames = [f for decoded in container.decode(stream) for f in resampler.resample(decoded)]
        begins_s = float(frames[0].pts * frames[0].time_base)
        return np.concatenate([f.to_ndarray()[0] for f in frames]), frames[0].sample_rate, begins_s


BITS = 7


def numbered(count=48, size=(112, 48)):
    """Pictures that carry their number in black and white columns, (H, W, 3) uint8."""
    width = size[0] // BITS
    images = []
    for number in range(count):
        image = np.full((size[1], size[0], 3), 16, np.uint8)
        for bit in range(BITS):
            if number >> bit & 1:
                image[:, bit * width : (bit + 1) * width] = 235
        images.append(image)
    return images


def numbers_of(frames):
    """The numbers of frames of `numbered` pictures."""
    numbers = []
    for frame in frames:
        height, width = frame.image.shape[:2]
        column = width // BITS
        middles = frame.image[height // 2, column // 2 :: column].mean(axis=1)[:BITS]
        numbers.append(sum(int(value > 128) << bit for bit, value in enumerate(middles)))
    return numbers


def write_loop(film, path, times):
    """A film several times end to end, as one film, without decoding it."""
    with av.open(str(path), "w") as target:
        stream, shift = None, 0
        for _ in range(times):
            end = 0
            with av.open(str(film)) as whole:
                source = whole.streams.video[0]
                stream = stream or target.add_stream_from_template(source)
                for packet in whole.demux(source):
                    if packet.dts is None:
                        continue
                    end = max(end, packet.pts + packet.duration)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    target.mux(packet)
            shift += end
    return path
