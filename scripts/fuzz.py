"""Feeds every parser that meets a stranger's bytes with damaged inputs, each in its own process.

python scripts/fuzz.py --count 1000000     # so many in all, spread by how quick the parsers are
python scripts/fuzz.py --only picture --seconds 600 --seed 7
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

ROUND_S = 5.0


def one_round(name: str, seconds: float, seed: int, answer: multiprocessing.Queue) -> None:
    """Fuzz one parser; a process, so that a crash is noticed."""
    from helpers.fuzzing import fuzz

    answer.put(fuzz(name, seconds=seconds, seed=seed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=0, help="inputs in all; 0 for one round each")
    parser.add_argument("--seconds", type=float, default=ROUND_S, help="seconds of a round")
    parser.add_argument("--seed", type=int, default=None, help="of the first round")
    parser.add_argument("--only", default="", help="only this parser")
    arguments = parser.parse_args()

    from helpers.fuzzing import TARGETS

    names = [name for name in TARGETS if arguments.only in ("", name)]
    counts = dict.fromkeys(names, 0)
    seed = secrets.randbelow(1 << 30) if arguments.seed is None else arguments.seed
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    while True:
        for name in names:
            answer = context.Queue()
            process = context.Process(
                target=one_round, args=(name, arguments.seconds, seed, answer)
            )
            process.start()
            process.join()
            if process.exitcode != 0:
                print(f"{name}: broken with --only {name} --seed {seed} (exit {process.exitcode})")
                return 1
            counts[name] += answer.get()
        seed += 1
        done = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(
            f"{time.monotonic() - began:.0f} s: {sum(counts.values())} inputs ({done})", flush=True
        )
        if sum(counts.values()) >= arguments.count:
            return 0


if __name__ == "__main__":
    sys.exit(main())
