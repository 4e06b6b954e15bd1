"""Compare this working tree's speed with that of an earlier revision, in turn, in one run.

    python scripts/compare_speed.py REVISION [--model fast] [--rounds 5] [--threads 0]
    python scripts/compare_speed.py REVISION --threads 1 --processor    # where others are at work

Each round starts both in processes of their own, one after the other, and lets them see the same
moving frames: 640x480 with one face, 1280x720 with four, 1920x1080 with one. Printed are the ratios
REVISION / working tree of mean, median and 95th percentile of a frame, each the median over the
rounds with its range, and mean and 95th percentile as multiples of the median; ratios above 1 mean
that the working tree is faster. The first fifth of the frames warms up and does not count.
`--processor` takes the processor time of the thread that asks, so `--threads 1` belongs to it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
FIGURES = ("mean", "median", "p95")

# Only names that every revision has had; run by each revision's own code.
RUNNER = """
import json, sys, time
import cv2
import numpy as np
import mimika
clip, model, threads, count, processor = json.loads(sys.argv[1])
now = time.thread_time if processor else time.perf_counter
if threads == 1:
    cv2.setNumThreads(1)
with mimika.open_source(clip) as film:
    frames = [f.image for f in film if 240 <= f.index < 240 + count]
def placed(size, places):
    made = []
    for image in frames:
        canvas = np.zeros((size[1], size[0], 3), np.uint8)
        for x, y, w, h in places:
            canvas[y:y + h, x:x + w] = cv2.resize(image, (w, h))
        made.append(canvas)
    return made
scenes = {
    "640x480, 1 face": ((640, 480), [(0, 60, 640, 360)]),
    "1280x720, 4 faces": ((1280, 720), [(x, y, 640, 360) for x in (0, 640) for y in (0, 360)]),
    "1920x1080, 1 face": ((1920, 1080), [(0, 0, 1920, 1080)]),
}
recognizer = mimika.Recognizer(mimika.Settings(model=model, threads=threads, engine="cpu"))
found = {}
for scene, (size, places) in scenes.items():
    pictures = placed(size, places)
    stream = recognizer.fork()
    took = []
    for i, picture in enumerate(pictures + pictures[-2:0:-1]):
        picture = picture.copy()
        began = now()
        result = stream(picture, i / 24)
        took.append((now() - began) * 1e3)
    took = sorted(took[len(took) // 5:])
    found[scene] = {"mean": sum(took) / len(took), "median": took[len(took) // 2],
                    "p95": took[int(len(took) * 0.95)], "faces": len(result.faces)}
print(json.dumps(found))
"""


def measured(source: Path, words: list[object]) -> dict[str, dict[str, float]]:
    """Milliseconds a frame by scene, as the code in `source` takes them."""
    environment = os.environ | {"PYTHONPATH": str(source), "ORT_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-c", RUNNER, json.dumps(words)]
    run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(run.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("revision")
    parser.add_argument("--model", default="default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--frames", type=int, default=144)
    parser.add_argument("--processor", action="store_true")
    arguments = parser.parse_args()
    words = [str(CLIP), arguments.model, arguments.threads, arguments.frames, arguments.processor]
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT)]
        subprocess.run(
            [*git, "worktree", "add", "-q", "--detach", folder, arguments.revision], check=True
        )
        try:
            for _ in range(arguments.rounds):
                before = measured(Path(folder) / "src", words)
                rounds.append((before, measured(ROOT / "src", words)))
        finally:
            subprocess.run([*git, "worktree", "remove", "--force", folder], check=True)
    for scene in rounds[0][0]:
        now = {figure: median(after[scene][figure] for _, after in rounds) for figure in FIGURES}
        shapes = [now[figure] / now["median"] for figure in ("mean", "p95")]
        print(f"{scene}: " + ", ".join(f"{figure} {now[figure]:.1f} ms" for figure in FIGURES))
        print(f"    mean {shapes[0]:.2f} and p95 {shapes[1]:.2f} times the median")
        for figure in FIGURES:
            ratios = sorted(
                before[scene][figure] / after[scene][figure] for before, after in rounds
            )
            print(
                f"    {figure}: {median(ratios):.2f} times as fast as {arguments.revision} "
                f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
            )


if __name__ == "__main__":
    main()
