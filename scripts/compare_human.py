"""Compare Mimika's speed with Human's (vladmandic/human), on the same frames, in turn, in one run.

    npm ci --prefix web && npm ci --prefix web/bench     # once: Human 3.3.6, playwright; Chromium
    python scripts/compare_human.py [--rounds 5] [--scene "640x480, 1 face"] [--json FILE]

Both see the same moving frames, those of `compare_speed.py`: 640x480 with one face, 1280x720 with
four, 1920x1080 with one. Each round starts Human, then Mimika's `default`, then its `fast`, in
processes of their own. Human runs as fast as it does on a processor: on WebAssembly with SIMD in
Chromium, with its face detector and emotion model alone, given pixels, without its filter of
pictures, and with its cache, which spares frames that resemble the last, as its users have it by
default (`web/bench/load_human.js`). Then it sees them once more as it is by default: from a canvas,
with its filter. Its frames come 24 a second at most, as the times of Mimika's say. Mimika gets as
many threads as Human has taken, or `--threads`. Decoding is counted on neither side, nor is the
first fifth of the frames.

Printed are milliseconds a frame, medians over the rounds, and the ratios Human / Mimika of mean,
median and 95th percentile, each the median over the rounds with its range.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from moving_scenes import FIGURES, ROOT, SCENES, film_pictures, measured, placed, ratios, summary

BENCH = Path("web", "bench")
CHROMIUM = Path("/usr/bin/chromium")
HUMAN = ("human", "human, by default")
MODELS = ("default", "fast")
LEAST_FRAMES = 10


def missing(root: Path = ROOT, chromium: Path = CHROMIUM) -> str:
    """What to do before Human can be run; empty where everything is there."""
    if not shutil.which("node"):
        return "Human needs Node: install it (apt install nodejs npm)."
    for folder, package in (("web", "playwright-core"), (BENCH, "@vladmandic/human")):
        if not (root / folder / "node_modules" / package).is_dir():
            return f"{package} is not installed: run npm ci --prefix {Path(folder).as_posix()}."
    if not chromium.exists():
        return f"Human runs in Chromium, and there is no {chromium}: apt install chromium."
    return ""


def write_frames(folder: Path, scene: str, count: int) -> None:
    """Write a scene's frames without loss, as 0.png, 1.png and so on."""
    import cv2

    for i, frame in enumerate(placed(film_pictures(count), scene)):
        cv2.imwrite(str(folder / f"{i}.png"), frame, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def of_human(text: str) -> tuple[dict[str, dict[str, float]], dict[str, object]]:
    """What `web/bench/see_frames.mjs` has printed.

    Returns:
        The scene's figures, by `HUMAN`; what they are of: version, backend, threads, chromium.
    """
    found = json.loads(text.strip().splitlines()[-1])
    seen = found.pop("seen")
    return {way: summary(seen[way]["tookMs"], seen[way]["faces"]) for way in HUMAN}, found


def seen_by_human(
    folder: Path, count: int
) -> tuple[dict[str, dict[str, float]], dict[str, object]]:
    """Let Human see the frames in a folder; see `of_human`."""
    command = ["node", str(ROOT / BENCH / "see_frames.mjs"), str(folder), str(count)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"Human did not see the frames: {run.stderr.strip()[-500:]}")
    return of_human(run.stdout)


def compared(scene: str, rounds: int, frames: int, threads: int | None) -> dict[str, object]:
    """Figures of a scene: of Human and each model, their ratios, and what they are of."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in (*HUMAN, *MODELS)}
    with tempfile.TemporaryDirectory() as folder:
        write_frames(Path(folder), scene, frames)
        for _ in range(rounds):
            theirs, human = seen_by_human(Path(folder), frames)
            ours = int(human["threads"]) if threads is None else threads
            words = {"threads": ours, "frames": frames, "scenes": [scene]}
            for way in HUMAN:
                figures[way].append(theirs[way])
            for model in MODELS:
                found = measured(ROOT / "src", words | {"model": model})
                figures[model].append(found[scene])
    milliseconds = {
        name: {figure: median(one[figure] for one in each) for figure in (*FIGURES, "faces")}
        for name, each in figures.items()
    }
    times_as_fast = {
        f"{model}, beside {way}": {
            figure: ratios(list(zip(figures[way], figures[model], strict=True)), figure)
            for figure in FIGURES
        }
        for way in HUMAN
        for model in MODELS
    }
    return {
        "human": human,
        "threads": ours,
        "rounds": rounds,
        "milliseconds": milliseconds,
        "times_as_fast": times_as_fast,
    }


def in_words(scene: str, found: dict) -> str:
    """A scene's figures in some lines."""
    human, threads = found["human"], found["threads"] or "as it chooses"
    on = f"{human['backend']}, {human['threads']} thread(s), Chromium {human['chromium']}"
    lines = [f"{scene}; Human {human['version']} on {on}; Mimika's threads: {threads}"]
    for name, one in found["milliseconds"].items():
        times = ", ".join(f"{figure} {one[figure]:.2f}" for figure in FIGURES)
        lines.append(f"    {name}: {times} ms, {one['faces']:.2f} faces a frame")
    for name, each in found["times_as_fast"].items():
        times = (
            f"{figure} {one:.1f} ({low:.1f} to {high:.1f})"
            for figure, (one, low, high) in each.items()
        )
        lines.append(f"    {name}: times as fast: {', '.join(times)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--threads", type=int, help="of Mimika; 0: as it chooses")
    parser.add_argument("--scene", action="append", choices=list(SCENES), help="all by default")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.frames < LEAST_FRAMES:
        parser.error(f"take at least 1 round and {LEAST_FRAMES} frames.")
    if lacks := missing():
        sys.exit(lacks)
    from mimika.base.errors import OutputError
    from mimika.base.files import check_writable, replacing
    from mimika.benchmark.machine import this_machine

    if arguments.json:
        try:
            check_writable(arguments.json)
        except OutputError as error:
            sys.exit(str(error))
    print(this_machine().in_words())
    found = {}
    for scene in arguments.scene or SCENES:
        found[scene] = compared(scene, arguments.rounds, arguments.frames, arguments.threads)
        print(in_words(scene, found[scene]), flush=True)
    if arguments.json:
        every = {"machine": this_machine().to_dict(), "scenes": found}
        with replacing(arguments.json) as part:
            part.write_text(json.dumps(every, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
