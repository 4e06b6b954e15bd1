"""How fast a server is, and whether it holds: prints the figures of docs/server.md.

    taskset -c 0,1 python scripts/load_server.py             # starts a server and loads it
    python scripts/load_server.py --url http://host:8765     # loads one that runs elsewhere

Three parts: one stream as fast as it goes, pictures as fast as they go, and --streams streams of
--rate frames a second for --seconds. Frames are those of the demo clip at 640x480.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import cv2

from mimika.sources.video import Video

CLIP = Path(__file__).parent.parent / "src" / "mimika" / "assets" / "demo.mp4"
SIZE = (640, 480)
QUALITY = 80


def frames(count: int = 120) -> list[bytes]:
    """Frames of the clip, 640x480 JPEG, as a browser sends them."""
    encoded = []
    with Video(CLIP) as video:
        for frame in video:
            picture = cv2.resize(frame.image, SIZE, interpolation=cv2.INTER_AREA)
            data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
            encoded.append(data.tobytes())
            if len(encoded) == count:
                break
    return encoded


def spread(times_s: list[float]) -> str:
    ranked = sorted(times_s)
    p50, p95 = statistics.median(ranked), ranked[int(len(ranked) * 0.95)]
    return f"p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms, longest {ranked[-1] * 1e3:.0f} ms"


async def stream(
    url: str, pictures: list[bytes], seconds: float, rate_hz: float, offset_s: float
) -> tuple[list[float], int, int]:
    """Send frames, one in flight, as soon as there is a place; round trips in s, errors, faces."""
    from websockets.asyncio.client import connect

    trips: list[float] = []
    errors = faces = 0
    await asyncio.sleep(offset_s)
    ends = time.perf_counter() + seconds
    async with connect(url.replace("http", "ws", 1) + "/v1/stream", compression=None) as socket:
        hello = json.loads(await socket.recv())
        refused = hello["type"] == "error"
        began = time.perf_counter()
        number = 0
        while not refused and (now := time.perf_counter()) < ends:
            if rate_hz:
                due = began + number / rate_hz
                if due > now:
                    await asyncio.sleep(due - now)
            start = time.perf_counter()
            await socket.send(pictures[number % len(pictures)])
            answer = json.loads(await socket.recv())
            # Late frames count from the moment at which they were due.
            late_s = max(0.0, start - (began + number / rate_hz)) if rate_hz else 0.0
            trips.append(time.perf_counter() - start + late_s)
            errors += answer["type"] != "result"
            faces += len(answer.get("result", {}).get("faces", ()))
            number += 1
    if refused:
        wait_s = hello["problem"]["retry_after_s"]
        left_s = ends - time.perf_counter() - wait_s
        if left_s > 0:
            return await stream(url, pictures, left_s, rate_hz, wait_s)
    return trips, errors, faces


def post(url: str, pictures: list[bytes], seconds: float, clients: int, process: int) -> None:
    """Send pictures over `clients` connections."""
    before_s = processor_s(process)
    where = urlsplit(url)
    trips: list[float] = []
    errors: list[int] = []

    def client(offset: int) -> None:
        connection = http.client.HTTPConnection(where.hostname or "", where.port)
        number = offset
        while time.perf_counter() < end:
            start = time.perf_counter()
            connection.request(
                "POST",
                "/v1/analyze",
                pictures[number % len(pictures)],
                {"Content-Type": "image/jpeg"},
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                errors.append(answer.status)
            trips.append(time.perf_counter() - start)
            number += 1

    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=client, args=(i * 7,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        f"pictures, {clients} clients, {seconds:g} s: {len(trips) / seconds:.1f} a second, "
        f"{spread(trips)}, {len(errors)} errors"
    )
    say_processor(process, before_s, seconds, len(trips))


def say_processor(process: int, before_s: float, seconds: float, pictures: int) -> None:
    """Print the processor time that the server took."""
    if used_s := processor_s(process) - before_s:
        print(
            f"processor time of the server: {used_s / seconds:.2f} processors, "
            f"{used_s / pictures * 1e3:.1f} ms a picture"
        )


def memory_mb(process: int) -> float:
    """Memory of a process and of those it started, in MB; 0 where it cannot be told."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0.0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def processor_s(process: int) -> float:
    """Processor time that a process has used, in seconds; 0 where it cannot be told."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def hold(url: str, pictures: list[bytes], options: argparse.Namespace, process: int) -> None:
    """Hold many streams and watch the memory."""
    count, rate_hz, seconds = options.streams, options.rate, options.seconds
    marks: list[float] = []

    async def watch() -> None:
        while True:
            await asyncio.sleep(5)
            marks.append(memory_mb(process))

    before_s = processor_s(process)
    watching = asyncio.create_task(watch())
    ends = await asyncio.gather(
        *(
            stream(url, pictures[i * 7 :] + pictures[: i * 7], seconds, rate_hz, i / count)
            for i in range(count)
        )
    )
    watching.cancel()
    trips = [trip for end in ends for trip in end[0]]
    errors = sum(end[1] for end in ends)
    print(
        f"{sum(bool(end[0]) for end in ends)} of {count} streams of {rate_hz:g} frames a second "
        f"found a place, {seconds:g} s: {len(trips) / seconds:.1f} frames a second, "
        f"{spread(trips)}, {errors} errors"
    )
    say_processor(process, before_s, seconds, len(trips))
    after = marks[11:] or marks
    if process and after:
        print(
            f"server's memory after the first minute: {min(after):.0f} to {max(after):.0f} MB "
            f"({max(after) / after[0] - 1:+.1%})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--seconds", type=float, default=300.0, help="length of the last part")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--rate", type=float, default=10.0, help="frames a second of each stream")
    parser.add_argument("--clients", type=int, default=4, help="connections that send pictures")
    parser.add_argument("--only", choices=("single", "pictures", "streams"))
    parser.add_argument("serve", nargs="*", help="after --: further options of `mimika serve`")
    options = parser.parse_args()
    pictures = frames()
    print(f"frames: {SIZE[0]}x{SIZE[1]}, {statistics.mean(map(len, pictures)) / 1024:.0f} kB each")
    server, url, process = None, options.url, 0
    if not url:
        command = [sys.executable, "-m", "mimika", "serve", "--no-open", "--port", "0"]
        command += ["--rate-limit", "100000", *options.serve]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        url, process = server.stdout.readline().split()[-1].rstrip("/"), server.pid
    try:
        if options.only in (None, "single"):
            trips, errors, _ = asyncio.run(stream(url, pictures, 10, 0, 0))
            print(f"one stream: {len(trips) / 10:.1f} a second, {spread(trips)}, {errors} errors")
        if options.only in (None, "pictures"):
            post(url, pictures, 15, options.clients, process)
        if options.only in (None, "streams"):
            asyncio.run(hold(url, pictures, options, process))
    finally:
        if server is not None:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
