"""Compare what a command takes with what it took at an earlier revision, in turn.

    python scripts/compare_commands.py REVISION [--rounds 5] -- image photo.jpg
    python scripts/compare_commands.py REVISION -- video film.mp4 --no-window --output OUT.mp4

Each round runs both in processes of their own, one after the other. Printed are seconds by the
clock from the start of the process to the last line on standard output and to its end, and
processor seconds (user and system), the fastest round and the median, and their ratios: above 1
means that the working tree is faster. A word OUT.*
is a new file in a temporary folder. Both trees' bytecode is compiled before, as an installed
package's is. On a busy machine trust the processor seconds, and of those the fastest round.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]


KINDS = ("to the last line", "to the end", "of processors")


def run(source: Path, words: list[str], folder: Path) -> tuple[float, float, float]:
    """Run `mimika` with the words; return the seconds of `KINDS`."""
    for old in folder.glob("OUT.*"):
        old.unlink()
    words = [str(folder / word) if word.startswith("OUT.") else word for word in words]
    environment = os.environ | {"PYTHONPATH": str(source), "MIMIKA_CACHE": str(folder / "cache")}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "mimika", *words]
    last = began
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        for _ in process.stdout:
            last = time.perf_counter()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{' '.join(command)} left with {process.returncode}.")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return last - began, took, used


def copy(revision: str, folder: Path) -> Path:
    """Unpack a revision's sources, or the working tree's for "", and compile them."""
    folder.mkdir()
    if revision:
        git = ["git", "-C", str(ROOT), "archive", revision, "src"]
        archive = subprocess.run(git, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "x", "-C", str(folder)], check=True, input=archive)
    else:
        subprocess.run(["cp", "-r", str(ROOT / "src"), str(folder)], check=True)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return folder / "src"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("revision")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("words", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        trees = [copy(arguments.revision, folder / "before"), copy("", folder / "now")]
        for tree in trees:
            run(tree, arguments.words, folder)
        rounds = [
            [run(tree, arguments.words, folder) for tree in trees] for _ in range(arguments.rounds)
        ]
    for kind, name in enumerate(KINDS):
        before, now = ([each[tree][kind] for each in rounds] for tree in (0, 1))
        for figure, of in (("fastest", min), ("median", median)):
            print(
                f"seconds {name}, {figure}: {of(before):.3f} at {arguments.revision}, "
                f"{of(now):.3f} now: {of(before) / max(of(now), 1e-9):.2f} times as fast"
            )


if __name__ == "__main__":
    main()
