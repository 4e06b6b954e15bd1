"""Figures for Prometheus."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from mimika.base.version import __version__

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
FACES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The server's counters; with several workers the sum over all of them.

    Attributes:
        requests: answered requests by route, method and status.
        latency: seconds from a request's first byte to its answer, by route; a stream's frames
            are under the route of the stream.
        faces: faces judged.
        frames: pictures and frames analyzed, by kind.
        batch: faces in one run of the classifier.
        queue: pictures and frames that wait or are analyzed.
        streams: open streams.
        jobs: videos that wait or run.
        outcomes: videos that ended, by how: done, failed, cancelled, interrupted.
        refused: requests that were turned away, by reason.
        build: 1, with the version, the model and what runs it as labels.
        resident: memory of the processes in bytes (Linux).
        files: open files of the processes (Linux).
        threads: threads of the processes.
        cpu: processor seconds of the processes, with those of ended decoders.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "mimika_requests", "Requests answered", ("route", "method", "status"), registry=registry
        )
        self.latency = Histogram(
            "mimika_latency_seconds",
            "Seconds from request to answer",
            ("route",),
            registry=registry,
            buckets=SECONDS,
        )
        self.faces = Counter("mimika_faces", "Faces judged", registry=registry)
        self.frames = Counter(
            "mimika_frames", "Pictures and frames analyzed", ("kind",), registry=registry
        )
        self.batch = Histogram(
            "mimika_batch_faces", "Faces in one batch", registry=registry, buckets=FACES
        )
        self.queue = self._gauge("mimika_queue", "Pictures and frames waiting or in work")
        self.streams = self._gauge("mimika_streams", "Open streams")
        self.jobs = self._gauge("mimika_jobs", "Videos waiting or in work")
        self.outcomes = Counter(
            "mimika_videos", "Videos that ended", ("outcome",), registry=registry
        )
        self.refused = Counter(
            "mimika_refused", "Requests turned away", ("reason",), registry=registry
        )

        self.build = Gauge(
            "mimika_build_info",
            "What runs here",
            ("version", "model", "engine"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.resident = self._gauge("mimika_resident_bytes", "Memory of the processes")
        self.files = self._gauge("mimika_open_files", "Open files of the processes")
        self.threads = self._gauge("mimika_threads", "Threads of the processes")
        self.cpu = self._gauge("mimika_cpu_seconds", "Processor seconds of the processes")

    def measure(self, model: str, engine: str) -> None:
        """Bring the figures of this process up to date."""
        self.build.labels(__version__, model, engine).set(1)
        self.threads.set(threading.active_count())
        spent = os.times()
        self.cpu.set(spent.user + spent.system + spent.children_user + spent.children_system)
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            self.resident.set(pages * os.sysconf("SC_PAGE_SIZE"))
            self.files.set(sum(1 for _ in Path("/proc/self/fd").iterdir()))

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def forget(self, process: int) -> None:
        """Take a dead worker's gauges out of the sums."""
        if MULTIPROCESS in os.environ:
            mark_process_dead(process)  # type: ignore[no-untyped-call]

    def _gauge(self, name: str, words: str) -> Gauge:
        return Gauge(name, words, registry=self._registry, multiprocess_mode="livesum")
