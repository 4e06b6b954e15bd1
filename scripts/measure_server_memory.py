"""What the server takes while it analyzes one film: of each of its processes, in MB (Linux).

    python scripts/measure_server_memory.py            # a film of 3840x2160 is made
    python scripts/measure_server_memory.py film.mp4

Proportional set sizes: what processes share is counted once. The film that is made is H.264 whose
pictures are predicted from five others, which is the most that its level allows.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers import attacks  # noqa: E402
from helpers.watching import Memory, server_process  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

PHOTOS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("film", nargs="?", type=Path)
    parser.add_argument("--engine", default="cpu", help="runs the networks; see mimika serve")
    arguments = parser.parse_args()
    film = arguments.film.read_bytes() if arguments.film else attacks.large_film()
    photo = (ROOT / "tests" / "media_files" / "obama.jpg").read_bytes()
    with (
        server_process("--engine", arguments.engine) as (pid, url),
        httpx.Client(base_url=url, timeout=120) as http,
    ):
        show("at rest", pid, lambda: time.sleep(1))
        show(f"{PHOTOS} photos", pid, lambda: sent(http, photo))
        show("the film", pid, lambda: analyzed(http, film))
        show("after it", pid, lambda: time.sleep(2))
    return 0


def sent(http: httpx.Client, photo: bytes) -> None:
    for _ in range(PHOTOS):
        http.post("/v1/analyze", content=photo)


def analyzed(http: httpx.Client, film: bytes) -> None:
    address = http.post("/v1/videos", content=film).headers["location"]
    while (job := http.get(address).json())["state"] in ("queued", "running"):
        time.sleep(0.2)
    assert job["state"] == "done", job


def show(name: str, pid: int, work: Callable[[], None]) -> None:
    memory = Memory(pid)
    memory.start()
    work()
    memory.end()
    parts = ", ".join(f"{part / 1e6:.0f}" for part in memory.parts)
    print(f"{name:12} {memory.highest / 1e6:5.0f} MB: {parts}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
