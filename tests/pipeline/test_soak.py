"""Ten thousand frames through the recognizer, and through a film: memory stays flat."""

from __future__ import annotations

import gc
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

import mimika
from mimika.drawing.overlay import Overlay
from mimika.pipeline.recognizer import Recognizer
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sinks.csv import CsvSink
from mimika.sources.frame import Frame

FRAMES = 10_000
RATE_HZ = 24.0
MOST_GROWTH_MB = 8.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="reads memory from Linux's /proc"
    ),
]


def resident_mb() -> float:
    gc.collect()
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1e3 * 1.024
    raise AssertionError("no VmRSS")


def endless(clip: Path, media: Path):
    """The demo clip over and over, with pictures of other sizes and people, and empty ones."""
    with mimika.open_source(clip) as source:
        images = [frame.image for frame in source][::3]
    pictures = [cv2.imread(str(media / name)) for name in ("two_people.jpg", "coffee.png")]
    for number in count():
        part, place = divmod(number, 200)
        # Of 200 frames 140 are the clip, 40 two people, 20 nobody: faces come and go.
        if place < 140:
            image = images[(part * 140 + place) % len(images)]
        else:
            image = pictures[place >= 180]
        yield Frame(image, number / RATE_HZ, number)


def watched(frames, see) -> tuple[list[float], int]:
    """Memory after each tenth of the frames, and how many faces were seen."""
    memory, faces = [], 0
    for number, frame in enumerate(frames, 1):
        faces += len(see(frame).faces)
        if number % (FRAMES // 10) == 0:
            memory.append(resident_mb())
        if number == FRAMES:
            break
    return memory, faces


def judge(what: str, memory: list[float], faces: int) -> None:
    print(f"\n{what}: {FRAMES} frames, {faces} faces, MB {' '.join(f'{m:.0f}' for m in memory)}")
    assert faces > FRAMES / 2
    # The first fifth fills caches and pools.
    late = np.polyfit(range(8), memory[2:], 1)[0] * 8
    assert late < MOST_GROWTH_MB
    assert memory[-1] - memory[1] < 2 * MOST_GROWTH_MB


def test_the_recognizer_keeps_its_memory(media, demo_clip):
    with Recognizer() as recognizer:
        judge("recognizer", *watched(endless(demo_clip, media), recognizer))
        # Nobody is remembered for ever.
        assert len(recognizer._followed) < 20


def test_a_long_film_with_all_its_files_keeps_its_memory(media, demo_clip, tmp_path):
    frames = endless(demo_clip, media)
    with (
        mimika.open_source(demo_clip) as clip,
        Recognizer() as recognizer,
        CsvSink(tmp_path / "seen.csv", recognizer.schema) as rows,
        AnnotatedVideo(tmp_path / "seen.mp4", clip.info, Overlay(bars=True)) as film,
    ):

        def see(frame):
            result = recognizer(frame)
            rows.write(frame, result)
            film.write(frame, result)
            return result

        judge("film", *watched(frames, see))
    assert (tmp_path / "seen.mp4").stat().st_size > 1e6
    assert len((tmp_path / "seen.csv").read_text(encoding="utf-8").splitlines()) > FRAMES / 2
