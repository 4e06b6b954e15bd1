"""Measure how fast a long recording is read, and whether its memory stays flat.

    python scripts/measure_films.py                                     # 1280x720, three minutes
    python scripts/measure_films.py --minutes 60 --size 3840x2160
    python scripts/measure_films.py --annotated --every 1

The recording is the demo clip, scaled, with a little noise as a camera's, encoded once with x264's
usual settings (B-frames) at `--rate` bits a second and repeated without encoding it again. One
`mimika video` reads it. Printed are its length as a multiple of the time that it took, processor
seconds for a second of film, and the memory of the process after each tenth of its run (Linux).
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

import av
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
NOISE = 3.0


def encode(path: Path, size: tuple[int, int], rate: int) -> None:
    """Write the clip once, in a size."""
    rng = np.random.default_rng(0)
    with av.open(str(CLIP)) as clip, av.open(str(path), "w") as film:
        source = clip.streams.video[0]
        stream = film.add_stream("libx264", rate=source.average_rate)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", rate
        for frame in clip.decode(source):
            image = cv2.resize(
                frame.to_ndarray(format="bgr24"), size, interpolation=cv2.INTER_CUBIC
            )
            noise = rng.normal(0, NOISE, (*image.shape[:2], 1)).astype(np.int16)
            image = np.clip(image + noise, 0, 255).astype(np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        film.mux(stream.encode(None))


def repeat(once: Path, path: Path, seconds: float) -> float:
    """Put a film end to end until it is so long; return how long it is."""
    with av.open(str(path), "w") as film:
        stream, shift = None, 0
        while True:
            with av.open(str(once)) as part:
                source = part.streams.video[0]
                stream = stream or film.add_stream_from_template(source)
                for packet in part.demux(source):
                    if packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    film.mux(packet)
                shift += source.duration
                if float(shift * source.time_base) >= seconds:
                    return float(shift * source.time_base)


def resident_mb(process: int) -> float | None:
    """What a process holds in memory now; None where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) * 1024 / 1e6 if found else None


def read(words: list[str]) -> tuple[float, float, list[float]]:
    """Run `mimika video`; return seconds by the clock and of processors, and its memory in MB."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "mimika", "video", *words, "--no-window", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    memory: list[float] = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if (now := resident_mb(process.pid)) is not None:
                memory.append(now)
            time.sleep(0.1)
    if process.returncode:
        sys.exit(f"`mimika video` failed with {process.returncode}.")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu_s, memory


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rate", type=int, default=2_000_000)
    parser.add_argument("--every", default="0.1s")
    parser.add_argument("--model", default="default")
    parser.add_argument("--annotated", action="store_true", help="write the annotated film as well")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        encode(folder / "once.mp4", (width, height), arguments.rate)
        film = folder / "film.mp4"
        film_s = repeat(folder / "once.mp4", film, arguments.minutes * 60)
        words = [str(film), "--every", arguments.every, "--model", arguments.model]
        words += ["--csv", str(folder / "seen.csv")]
        words += ["--output", str(folder / "seen.mp4")] if arguments.annotated else []
        took_s, cpu_s, memory = read(words)
    print(
        f"{film_s:.0f} s of {arguments.size} at {arguments.rate / 1e6:g} Mbit/s in {took_s:.1f} s"
    )
    print(f"{film_s / took_s:.1f} times real time; {cpu_s / film_s * 1e3:.0f} ms of processors")
    print("for a second of film")
    if memory:
        tenths = [memory[len(memory) * i // 10 - 1] for i in range(1, 11)]
        print(f"memory after each tenth, MB: {', '.join(f'{each:.0f}' for each in tenths)}")
        print(f"most: {max(memory):.0f} MB")


if __name__ == "__main__":
    main()
