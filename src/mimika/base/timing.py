"""Medians of repeated runs."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Measurement:
    """What repeated runs of one thing took, in milliseconds.

    Attributes:
        median_ms: half of the runs took no longer.
        p95_ms: 95 of 100 runs took no longer.
        mean_ms: what all runs took, divided by their number.
        min_ms: the fastest run.
        runs: how many were counted.
    """

    median_ms: float
    p95_ms: float
    mean_ms: float
    min_ms: float
    runs: int

    @classmethod
    def of(cls, times_ms: Sequence[float]) -> Measurement:
        """Sum up run times in milliseconds, one or more."""
        ranked = sorted(times_ms)
        return cls(
            statistics.median(ranked),
            ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))],
            statistics.fmean(ranked),
            ranked[0],
            len(ranked),
        )


def measure(
    run: Callable[[], object],
    *,
    seconds: float,
    least_runs: int = 10,
    clock: Callable[[], float] = time.perf_counter,
) -> Measurement:
    """Time `run` after a warm-up of a fifth of the time.

    Args:
        run: what is timed.
        seconds: about how long to go on.
        least_runs: how many runs there are in any case.
        clock: what a run takes, in seconds, such as `time.thread_time` for the processor's time.
    """
    _times(run, seconds / 5, max(1, least_runs // 5), clock)
    return Measurement.of(_times(run, seconds, least_runs, clock))


def _times(
    run: Callable[[], object], seconds: float, least_runs: int, clock: Callable[[], float]
) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least_runs or time.perf_counter() < end:
        start = clock()
        run()
        times.append((clock() - start) * 1e3)
    return times
