"""Hours of mixed traffic on one server: memory, descriptors, threads and files stay flat.

    python scripts/soak.py --minutes 60     # a line a minute, and whether it stayed flat
    python scripts/soak.py --minutes 60 --engine openvino     # where it is installed
    nohup python scripts/soak.py --minutes 1440 > soak.txt    # a day

Streams with resets, photos in batches, films that are fetched or cancelled, damaged input, clients
that leave in the middle. Flat: after five minutes (or a tenth of a shorter run) the highest memory
of the last third is less than 10% (or 40 MB) above that of the third before, descriptors and
threads less than 20; temporary files come back to none.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
from websockets.exceptions import WebSocketException

import mimika
from mimika.base.errors import MimikaError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers import attacks, fuzzing  # noqa: E402
from helpers.media import write_video  # noqa: E402

SERVE = [sys.executable, "-m", "mimika", "serve", "--port", "0", "--no-open", "--quiet"]
LEAST_LOOKS = 4
# Who gives up waiting for an answer does not know which film to remove; a full machine is slow.
PATIENT_S = 600.0
GROWTH_SHARE, GROWTH_BYTES, GROWTH_COUNT = 0.10, 40e6, 20


@dataclass(frozen=True)
class Look:
    """What the server takes at one moment.

    Attributes:
        parts: memory of each process in bytes, the largest first.
        files: open descriptors.
        threads: of all processes.
        temporary: files of films.
    """

    parts: tuple[float, ...]
    files: int
    threads: int
    temporary: int

    @property
    def memory(self) -> float:
        """Memory of all processes together, in bytes."""
        return sum(self.parts)

    def __str__(self) -> str:
        return (
            f"{self.memory / 1e6:.0f} MB "
            f"({' '.join(f'{part / 1e6:.0f}' for part in self.parts)}), "
            f"{self.files} descriptors, {self.threads} threads, {self.temporary} temporary files"
        )


class Traffic:
    """Visitors of all kinds, each a thread, until they are stopped."""

    def __init__(self, url: str, film: bytes, seed: int) -> None:
        self._url, self._film, self._seed = url, film, seed
        self._photo = (ROOT / "tests" / "media_files" / "obama.jpg").read_bytes()
        self._ended = threading.Event()
        self.done: Counter[str] = Counter()
        kinds = (self._streams, self._photos, self._films, self._nonsense, self._leavers)
        self._threads = [
            threading.Thread(target=self._again, args=(kind, number), daemon=True)
            for number, kind in enumerate(kinds)
        ]

    def start(self) -> None:
        """Let them come."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send them away, and wait until they are gone."""
        self._ended.set()
        for thread in self._threads:
            thread.join(PATIENT_S)

    def _again(self, kind: Callable[[random.Random], None], number: int) -> None:
        rng = random.Random(self._seed + number)
        while not self._ended.wait(rng.uniform(0.05, 0.5)):
            try:
                kind(rng)
                self.done[kind.__name__[1:]] += 1
            except (MimikaError, httpx.HTTPError, OSError, WebSocketException) as error:
                self.done[type(error).__name__] += 1

    def _streams(self, rng: random.Random) -> None:
        with mimika.Client(self._url) as client, client.stream() as see:
            for _ in range(rng.randrange(1, 60)):
                see(self._photo)
                if rng.random() < 0.05:
                    see.reset()

    def _photos(self, rng: random.Random) -> None:
        files = [("file", (f"{i}.jpg", self._photo)) for i in range(rng.randrange(1, 4))]
        httpx.post(f"{self._url}/v1/batch", files=files, timeout=PATIENT_S)

    def _films(self, rng: random.Random) -> None:
        answer = httpx.post(f"{self._url}/v1/videos", content=self._film, timeout=PATIENT_S)
        if answer.status_code != 202:
            return
        address = self._url + answer.headers["location"]
        try:
            if rng.random() < 0.7:
                self._fetch(address)
        finally:
            httpx.delete(address, timeout=PATIENT_S)

    def _fetch(self, address: str) -> None:
        job: dict[str, Any] = {}
        until = time.monotonic() + 60
        while time.monotonic() < until and not self._ended.wait(0.2):
            job = httpx.get(address, timeout=PATIENT_S).json()
            if job["state"] not in ("queued", "running"):
                break
        if job.get("files"):
            httpx.get(self._url + job["files"]["csv"], timeout=PATIENT_S)

    def _nonsense(self, rng: random.Random) -> None:
        seeds = [self._photo, self._film]
        path = rng.choice(("/v1/analyze", "/v1/videos", "/v1/batch", "/v1/nothing"))
        answer = httpx.post(
            self._url + path, content=fuzzing.damaged(rng, seeds), timeout=PATIENT_S
        )
        if answer.status_code == 202:
            httpx.delete(self._url + answer.headers["location"], timeout=PATIENT_S)

    def _leavers(self, rng: random.Random) -> None:
        port = int(self._url.rsplit(":", 1)[1])
        with attacks.connected(port) as connection:
            connection.sendall(attacks.HEAD % len(self._photo))
            connection.sendall(self._photo[: rng.randrange(len(self._photo))])


def look(server: psutil.Process, folder: Path) -> Look:
    """Look at the server and its processes."""
    parts, files, threads = [], 0, 0
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.Error):
            information = process.memory_full_info()
            parts.append(float(getattr(information, "pss", information.rss)))
            files += process.num_fds()
            threads += process.num_threads()
    left = [path for path in folder.rglob("*") if path.is_file() and "jobs" in path.parts]
    return Look(tuple(sorted(parts, reverse=True)), files, threads, len(left))


def flat(looks: list[Look]) -> bool:
    """Whether the last third of the looks is not above the third before it."""
    third = len(looks) // 3
    before, after = looks[-2 * third : -third], looks[-third:]
    most = max(each.memory for each in before)
    return (
        max(each.memory for each in after) < most + max(GROWTH_BYTES, GROWTH_SHARE * most)
        and max(e.files for e in after) < max(e.files for e in before) + GROWTH_COUNT
        and max(e.threads for e in after) < max(e.threads for e in before) + GROWTH_COUNT
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", default="cpu", help="runs the networks; see mimika serve")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = write_video(folder / "film.mp4", [i / 10 for i in range(20)]).read_bytes()
        server = subprocess.Popen(
            [*SERVE, "--engine", arguments.engine],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"TMPDIR": name, "COLUMNS": "200"},
        )
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found, "the server did not start"
        traffic = Traffic(found[0].rstrip("/"), film, arguments.seed)
        traffic.start()
        looks = watched(psutil.Process(server.pid), folder, traffic, arguments.minutes * 60)
        traffic.stop()
        until = time.monotonic() + 60
        while look(psutil.Process(server.pid), folder).temporary and time.monotonic() < until:
            time.sleep(0.5)
        end = look(psutil.Process(server.pid), folder)
        server.terminate()
        stopped = server.wait(30) == 0
    held = flat(looks) and end.temporary == 0 and stopped
    print(f"at the end: {end}; {'flat' if held else 'NOT FLAT'}")
    return 0 if held else 1


def watched(server: psutil.Process, folder: Path, traffic: Traffic, seconds: float) -> list[Look]:
    """Look at the server again and again, and print a line a minute."""
    every_s = min(10.0, seconds / 40)
    warm_s = min(300.0, seconds / 10)
    began, looks, told_s = time.monotonic(), [], 0.0
    while (passed_s := time.monotonic() - began) < seconds:
        time.sleep(every_s)
        if passed_s < warm_s:
            continue
        looks.append(look(server, folder))
        if passed_s - told_s >= min(60.0, seconds / 10):
            told_s = passed_s
            done = ", ".join(f"{count} {kind}" for kind, count in traffic.done.most_common(6))
            print(f"{passed_s / 60:6.1f} min: {looks[-1]}; {done}", flush=True)
    assert len(looks) >= LEAST_LOOKS, "too short to say"
    return looks


if __name__ == "__main__":
    sys.exit(main())
