"""Moving scenes, and what Mimika takes for a frame of each.

640x480 with one face, 1280x720 with four, 1920x1080 with one: frames of the demo clip, scaled and
placed. `compare_speed.py` and `compare_human.py` run this file in a process of its own for each
measurement; it uses only names of Mimika that every revision has had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
FIRST_FRAME = 240
FRAMES_PER_S = 24
# The name of a scene: its size, and the places (x, y, width, height) of the film in it.
SCENES = {
    "640x480, 1 face": ((640, 480), [(0, 60, 640, 360)]),
    "1280x720, 4 faces": ((1280, 720), [(x, y, 640, 360) for x in (0, 640) for y in (0, 360)]),
    "1920x1080, 1 face": ((1920, 1080), [(0, 0, 1920, 1080)]),
}
FIGURES = ("mean", "median", "p95")


def film_pictures(count: int) -> list[np.ndarray]:
    """So many pictures of the clip in which a face moves, (360, 640, 3) uint8 BGR."""
    import mimika

    with mimika.open_source(str(CLIP)) as film:
        return [frame.image for frame in islice(film, FIRST_FRAME, FIRST_FRAME + count)]


def placed(pictures: Sequence[np.ndarray], scene: str) -> list[np.ndarray]:
    """The pictures as frames of a scene, (height, width, 3) uint8 BGR."""
    (width, height), places = SCENES[scene]
    frames = []
    for picture in pictures:
        frame = np.zeros((height, width, 3), np.uint8)
        for x, y, w, h in places:
            frame[y : y + h, x : x + w] = cv2.resize(picture, (w, h))
        frames.append(frame)
    return frames


def summary(took_ms: Sequence[float], faces: Sequence[int]) -> dict[str, float]:
    """The figures of a scene's frames, without the first fifth, which warms up."""
    warm = len(took_ms) // 5
    took, faces = sorted(took_ms[warm:]), faces[warm:]
    p95 = took[int(len(took) * 0.95)]
    mean = sum(took) / len(took)
    found = sum(faces) / len(faces)
    return {"mean": mean, "median": took[len(took) // 2], "p95": p95, "faces": found}


def measured(source: Path, words: dict[str, object]) -> dict[str, dict[str, float]]:
    """Figures by scene, in milliseconds a frame, as the code in `source` takes them."""
    environment = os.environ | {"PYTHONPATH": str(source), "ORT_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, __file__, json.dumps(words)]
    run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(run.stdout)
    return found


def ratios(
    rounds: Sequence[tuple[dict[str, float], dict[str, float]]], figure: str
) -> tuple[float, float, float]:
    """How many times a figure of the first of each round is that of the second.

    Returns:
        The median over the rounds, the least and the greatest.
    """
    found = sorted(first[figure] / second[figure] for first, second in rounds)
    return median(found), found[0], found[-1]


def see(
    model: str, threads: int, frames: int, scenes: Sequence[str], processor: bool = False
) -> dict[str, dict[str, float]]:
    """Let this process' Mimika see the scenes, there and back, as streams of 24 frames a second."""
    import mimika

    now = time.thread_time if processor else time.perf_counter
    if threads == 1:
        cv2.setNumThreads(1)
    film = film_pictures(frames)
    recognizer = mimika.Recognizer(mimika.Settings(model=model, threads=threads, engine="cpu"))
    found = {}
    for scene in scenes:
        pictures = placed(film, scene)
        stream = recognizer.fork()
        took, faces = [], []
        for i, picture in enumerate(pictures + pictures[-2:0:-1]):
            frame = picture.copy()
            began = now()
            result = stream(frame, i / FRAMES_PER_S)
            took.append((now() - began) * 1e3)
            faces.append(len(result.faces))
        found[scene] = summary(took, faces)
    return found


if __name__ == "__main__":
    print(json.dumps(see(**json.loads(sys.argv[1]))))
