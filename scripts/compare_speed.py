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
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from moving_scenes import FIGURES, ROOT, SCENES, measured, ratios


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
    words = {
        "model": arguments.model,
        "threads": arguments.threads,
        "frames": arguments.frames,
        "scenes": list(SCENES),
        "processor": arguments.processor,
    }
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
    for scene in SCENES:
        of_scene = [(before[scene], after[scene]) for before, after in rounds]
        now = {figure: median(after[figure] for _, after in of_scene) for figure in FIGURES}
        shapes = [now[figure] / now["median"] for figure in ("mean", "p95")]
        print(f"{scene}: " + ", ".join(f"{figure} {now[figure]:.1f} ms" for figure in FIGURES))
        print(f"    mean {shapes[0]:.2f} and p95 {shapes[1]:.2f} times the median")
        for figure in FIGURES:
            ratio, least, most = ratios(of_scene, figure)
            print(
                f"    {figure}: {ratio:.2f} times as fast as {arguments.revision} "
                f"({least:.2f} to {most:.2f})"
            )


if __name__ == "__main__":
    main()
