"""Hold the work of a frame to what it was: instructions, which no busy machine changes.

    python scripts/count_instructions.py            # compare; exit code 1 where it is more
    python scripts/count_instructions.py --update   # take what is counted now for the new baseline

Callgrind (`apt install valgrind`) counts the instructions of two processes that see 6 and 54 frames
of the demo clip, one thread each; a 48th of the difference is a frame's, without the start. More
than the baseline beside this file by `TOLERANCE` is a regression. Valgrind knows no AVX-512, so
every processor counts as one with AVX2. Where there is no Valgrind, or other versions of the
libraries are installed than those that the baseline was counted with, nothing can be compared: that
is told, and the exit code is 0. It takes some four minutes.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASELINE = Path(__file__).with_suffix(".json")
CLIP = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
TOLERANCE = 0.03
FEW, MANY = 6, 54
LIBRARIES = ("numpy", "onnxruntime", "opencv-contrib-python-headless")


def see(frames: int) -> None:
    """See so many frames of the clip, from its middle on, as a stream of 24 a second."""
    import cv2

    import mimika

    cv2.setNumThreads(1)
    recognizer = mimika.Recognizer(mimika.Settings(threads=1, engine="cpu"))
    with mimika.open_source(CLIP, start_s=10.0) as film:
        pictures = [frame.image for frame, _ in zip(film, range(MANY), strict=False)]
    for i in range(frames):
        assert len(recognizer(pictures[i], i / 24).faces) == 1


def counted(frames: int, cache: str) -> int:
    """Instructions of a process that sees so many frames."""
    environment = os.environ | {
        "MIMIKA_CACHE": cache,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [sys.executable, __file__, "--see", str(frames)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode or not found:
        sys.exit(f"Callgrind failed:\n{ended.stderr[-2000:]}")
    return int(found[1])


def installed() -> dict[str, str]:
    """What the count depends on beside Mimika."""
    return {"system": f"{platform.system()} {platform.machine()}"} | {
        name: version(name) for name in LIBRARIES
    }


def main() -> None:
    if sys.argv[1:2] == ["--see"]:
        see(int(sys.argv[2]))
        return
    update = sys.argv[1:] == ["--update"]
    if sys.argv[1:] and not update:
        sys.exit(__doc__)
    if not shutil.which("valgrind"):
        print("Skipped: there is no valgrind here (`apt install valgrind`).")
        return
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    here = installed()
    if not update and not baseline:
        print(
            "Skipped: there is no baseline yet; run this with --update, and commit what it wrote."
        )
        return
    if not update and baseline.get("installed") != here:
        print(f"Skipped: the baseline is of {baseline.get('installed')}, and here is {here}.")
        return
    with tempfile.TemporaryDirectory() as cache:
        frame = round((counted(MANY, cache) - counted(FEW, cache)) / (MANY - FEW))
    if update:
        text = json.dumps({"instructions_a_frame": frame, "installed": here}, indent=1)
        BASELINE.write_text(f"{text}\n", encoding="utf-8")
        print(f"{frame / 1e6:.2f} million instructions a frame, written to {BASELINE}")
        return
    ratio = frame / baseline["instructions_a_frame"]
    print(f"{frame / 1e6:.2f} million instructions a frame, {ratio:.3f} times the baseline")
    if ratio > 1 + TOLERANCE:
        sys.exit(f"More than {1 + TOLERANCE:.2f} times: a regression, or run --update and say why.")
    if ratio < 1 - TOLERANCE:
        print("Fewer than the tolerance: run --update, so that it stays so.")


if __name__ == "__main__":
    main()
