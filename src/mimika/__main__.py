"""The command `mimika`, and `python -m mimika`.

Nothing heavy is imported before it runs: a process that is started here imports this module too.
"""

from __future__ import annotations

import gc
import os
import sys

START_OBJECTS = 100_000
"""More than a start makes, most of them while modules are imported."""


def main() -> None:
    """Run the command line and leave with its exit code.

    What a start makes stays, so that to look through it for garbage, a hundred times and at the
    end, would take a sixth of its time.
    """
    _put_off_the_first_collection()
    # The threads of NumPy's and OpenCV's BLAS wait by spinning, beside the start; no verb of ours
    # multiplies matrices that are large enough for them. PyTorch brings a BLAS of its own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from mimika.apps.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    gc.freeze()
    sys.exit(code)


def _put_off_the_first_collection() -> None:
    usual = gc.get_threshold()

    def collect_as_usual(phase: str, info: dict[str, int]) -> None:
        del info
        if phase == "stop":
            gc.callbacks.remove(collect_as_usual)
            gc.set_threshold(*usual)

    gc.callbacks.append(collect_as_usual)
    gc.set_threshold(START_OBJECTS, *usual[1:])


if __name__ == "__main__":
    main()
