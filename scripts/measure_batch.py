"""How near two workers come to twice the speed of one; `docs/scaling.md` has the figures.

    python scripts/measure_batch.py                    # four films of 5 minutes, 1 and 2 workers
    python scripts/measure_batch.py --address local    # the same on Ray, started on this machine
    python scripts/measure_batch.py --workers 8 --films 16 --minutes 10

Each round runs `mimika batch` with one worker, with several, and `mimika video` over the same
films, in turn, each in a process of its own from start to end. Printed are seconds by the clock,
processor seconds, and the ratios of the fastest rounds. Films are the demo clip (640x360, 24 frames
a second, one face) end to end. Only a calm machine tells how near the clock comes to the number of
workers.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.media import write_loop  # noqa: E402

CLIP = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
CLIP_S = 19.7


def run(words: list[str], folder: Path) -> tuple[float, float]:
    """Run `mimika`; return seconds by the clock and of processors."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    kept = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "mimika", *words, "--quiet"]
    subprocess.run(command, cwd=folder, env=kept, check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--address", help="as of `mimika batch`")
    given = parser.parse_args()
    times = max(1, round(given.minutes * 60 / CLIP_S))
    ray = ["--address", given.address] if given.address else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "films").mkdir()
        film = write_loop(CLIP, folder / "films" / "0.mp4", times)
        for number in range(1, given.films):
            shutil.copy(film, folder / "films" / f"{number}.mp4")
        batch = ["batch", "films", "-o", "data", *ray, "--workers"]
        video = ["video", "films", "--no-window", "--overwrite", "--parquet", "{name}.parquet"]
        ways = {
            "1 worker": [*batch, "1"],
            f"{given.workers} workers": [*batch, str(given.workers)],
            "mimika video": video,
        }
        best: dict[str, float] = {}
        for _ in range(given.rounds):
            for way, words in ways.items():
                took_s, used_s = run(words, folder)
                best[way] = min(best.get(way, took_s), took_s)
                print(f"{way}: {took_s:.1f} s, {used_s:.1f} s of processors", flush=True)
    one, several, video_s = best.values()
    film_h = given.films * times * CLIP_S / 3600
    print(
        f"{given.workers} workers are {one / several:.2f} times as fast as one, and "
        f"{video_s / several:.2f} times as fast as mimika video; a film hour takes one worker "
        f"{one / film_h:.0f} s."
    )


if __name__ == "__main__":
    main()
