"""The mean of two runs' weights, one of which began with the weights of the other.

    python scripts/average_weights.py RUN_A RUN_B [--share 0.5] -o RUN_OUT [--float16]

RUN_A and RUN_B are folders of `mimika train` or files of their weights; --share is that of RUN_B.
RUN_OUT is made: a folder with weights.safetensors, or a file if its name ends in .safetensors.
Both do for `mimika export`, `mimika calibrate`, and for --weights and --teacher of `mimika train`.
What is noted beside the weights (input, classes, class shares, standardizing) is RUN_A's.
--float16 halves the file, as in models/.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import MimikaError, OutputError
from mimika.training.networks.averaging import average_weights
from mimika.training.networks.weights import WEIGHTS_FILE
from mimika.training.trainer.checkpoint import save_tensors

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_average(first: Path, second: Path, share: float, out: Path, float16: bool) -> Path:
    """Write the mean of two runs' weights and say what differs; returns the file.

    Raises:
        MimikaError: as `average_weights`, or the file is there already or cannot be written.
    """
    file = out if out.suffix == ".safetensors" else out / WEIGHTS_FILE
    if file.exists():
        raise OutputError(f"{file} is there already: give another name with -o.")
    tensors, notes, messages = average_weights(first, second, share)
    for message in messages:
        print(message)
    if float16:
        tensors = {k: t.half() if t.is_floating_point() else t for k, t in tensors.items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {file.parent} cannot be made ({error.strerror}): give another with -o."
        ) from error
    save_tensors(file, tensors, notes)
    return file


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("first", type=Path, metavar="RUN_A")
    parser.add_argument("second", type=Path, metavar="RUN_B")
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_OUT")
    parser.add_argument("--float16", action="store_true")
    given = parser.parse_args(words)
    try:
        file = write_average(given.first, given.second, given.share, given.output, given.float16)
    except MimikaError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{file}: {1 - given.share:g} x {given.first} + {given.share:g} x {given.second}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
