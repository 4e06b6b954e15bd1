"""Films and recordings of viewers as files, with sound, put together from real clips."""

from __future__ import annotations

import csv
from fractions import Fraction

import av
import cv2
import numpy as np

from helpers.media import ONE_THREAD
from helpers.rooms import RATE_HZ, film_sound, heard
from mimika.sources.open import open_source

SECONDS, RATE = 60, 6
LAUGH_AT, LAUGH = 30.0, 10.0
OFFSETS = {"anna": -3.2, "ben": 1.4, "cleo": 4.85}


def write_film(path, seconds, sound, *, rate=Fraction(25), size=(160, 90), shot_s=4.0, began=None):
    """A film whose shots are plain colors, each with the number of its frame in gray stripes.

    `began`: when its container says that it was recorded.
    """

    def pictures():
        for number in range(int(seconds * rate)):
            shade = (37 * int(number / float(rate) / shot_s)) % 200 + 30
            picture = np.full((size[1], size[0], 3), (shade, 255 - shade, 128), np.uint8)
            # Sixteen bits in blocks of ten pixels along the top.
            for bit in range(16):
                picture[:16, 10 * bit : 10 * bit + 10] = 255 * (number >> bit & 1)
            yield picture

    return _write(path, pictures(), rate, size, sound, began)


def number_of(picture):
    """The number that `write_film` drew on a frame, (H, W, 3)."""
    return sum(1 << bit for bit in range(16) if picture[8, 10 * bit + 5].mean() > 127)


def write_recording(
    path, clips, plan, sound, *, rate=Fraction(12), size=(320, 180), sound_hz=RATE_HZ
):
    """A viewer: `plan` names a clip and a place in it for each picture, (clip, seconds).

    `clips`: name to the frames of a real clip and its rate; `sound`: at 8 kHz, written at
    `sound_hz`.
    """
    pictures = (cv2.resize(_frame(clips, name, at_s), size) for name, at_s in plan)
    return _write(path, pictures, rate, size, sound, sound_hz=sound_hz)


def _frame(clips, name, at_s):
    frames, rate_hz = clips[name]
    return frames[min(int(at_s * rate_hz), len(frames) - 1)]


def _write(path, pictures, rate, size, sound, began=None, sound_hz=RATE_HZ):
    with av.open(str(path), "w") as target:
        if began is not None:
            target.metadata["creation_time"] = began
        stream = target.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = ONE_THREAD | {"crf": "20", "preset": "ultrafast", "g": "48"}
        track = None if sound is None else target.add_stream("aac", rate=sound_hz, layout="mono")
        for picture in pictures:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        target.mux(stream.encode(None))
        if track is not None:
            if sound_hz != RATE_HZ:
                from scipy.signal import resample_poly

                sound = resample_poly(sound, sound_hz // 100, RATE_HZ // 100).astype(np.float32)
            for at in range(0, len(sound), 1024):
                block = np.ascontiguousarray(sound[None, at : at + 1024].clip(-1, 1))
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = sound_hz, at, Fraction(1, sound_hz)
                target.mux(track.encode(frame))
            target.mux(track.encode(None))
    return path


def frames_of(path, part=slice(None)):
    with open_source(path) as source:
        seen = list(source)
    rate_hz = (len(seen) - 1) / seen[-1].time_s
    return [np.ascontiguousarray(frame.image[:, part]) for frame in seen], rate_hz


def clips_of(media, demo_clip):
    """Two people at rest, and the woman of the demo clip, as `write_recording` takes them."""
    heads = media / "head-pose-face-detection-female-and-male.gif"
    return {
        "one": frames_of(heads, slice(None, 240)),
        "two": frames_of(heads, slice(240, None)),
        "demo": frames_of(demo_clip),
    }


def write_viewing(folder, media, demo_clip):
    """episode.mp4 and viewers/, who laugh a second after the film's 30th; returns the folder."""
    sound = film_sound(SECONDS, 1)
    write_film(folder / "episode.mp4", SECONDS, sound)
    clips = clips_of(media, demo_clip)
    (folder / "viewers").mkdir()
    for number, (name, offset_s) in enumerate(OFFSETS.items()):
        plan = []
        for tick in range(50 * RATE):
            since = tick / RATE + offset_s - LAUGH_AT - 1
            rest = (tick / RATE) % 8.0
            plan.append(
                ("demo", LAUGH + since)
                if 0 <= since < 5
                else (("one", "two")[number % 2], 0.5 + min(rest, 8.0 - rest))
            )
        write_recording(
            folder / "viewers" / f"{name}.mp4",
            clips,
            plan,
            heard(sound, begin_s=offset_s, seconds=50, noise_db=10, seed=number),
            rate=RATE,
        )
    return folder


def rows(path):
    """The rows of a CSV table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
