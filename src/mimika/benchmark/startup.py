"""From nothing to the first result, each in a new process; and what memory that takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import cv2

from mimika.base.errors import MimikaError
from mimika.benchmark.scenes import scenes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROBES: Mapping[str, str] = {
    "import mimika": "import mimika",
    "load": "import mimika; mimika.Recognizer()",
    "first result": "import sys, mimika; mimika.analyze(sys.argv[1])",
}
REPORT = (
    "import json; from mimika.benchmark.machine import peak_memory_mb; "
    "print(json.dumps(peak_memory_mb()))"
)


def bench_startup(folder: Path, *, runs: int = 5) -> dict[str, dict[str, float | None]]:
    """Measure each probe in `runs` new processes.

    Args:
        folder: an existing folder for a temporary picture.
        runs: processes for each probe.

    Returns:
        Probe to `median_s` (wall time of the process, the interpreter's own start included) and
        `peak_mb` (resident memory, None where the system does not say). "python" is the bare
        interpreter, to be subtracted by those who want to.
    """
    picture = folder / "face.png"
    cv2.imwrite(str(picture), next(scenes()).frames[0])
    commands = {"python": [sys.executable, "-c", "pass"]}
    commands |= {
        name: [sys.executable, "-c", f"{code}; {REPORT}", str(picture)]
        for name, code in PROBES.items()
    }
    commands["mimika image"] = [sys.executable, "-m", "mimika", "image", str(picture)]
    figures: dict[str, dict[str, float | None]] = {}
    for name, command in commands.items():
        times, peak = [], None
        for _ in range(runs):
            start = time.perf_counter()
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            times.append(time.perf_counter() - start)
            if ended.returncode:
                raise MimikaError(f"`{name}` failed while it was measured: {ended.stderr.strip()}")
            if name in PROBES:
                peak = json.loads(ended.stdout)
        figures[name] = {"median_s": statistics.median(times), "peak_mb": peak}
    return figures
