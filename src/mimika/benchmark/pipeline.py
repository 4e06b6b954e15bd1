"""The whole pipeline on real frames, stage by stage; decoding and drawing left out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.base.timing import Measurement
from mimika.benchmark.energy import EnergyMeter
from mimika.benchmark.machine import fixed_computation
from mimika.benchmark.scenes import RATE_HZ, scenes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.benchmark.scenes import Scene
    from mimika.pipeline.recognizer import Recognizer

STAGES = ("detect", "classify", "track", "total")
LEAST_FRAMES = 40
PROBE_S = 0.1
# Of scenes with many faces, which take long.
MANY_FACES, LEAST_OF_MANY = 8, 24


@dataclass(frozen=True, slots=True)
class PipelineFigure:
    """What one scene took.

    Attributes:
        scene: its name.
        faces: how many faces it shows.
        found: how many were found, on average.
        stages: detect, classify, track and total.
        processor_ms: processor time of a frame, of all threads together, on average; other
            programs hardly change it.
        ratio: that as a multiple of the fixed computation's, which was measured right before and
            after: by it machines compare.
        energy_mj: what the machine's processors took a frame, in millijoules; None where the
            system does not tell.
    """

    scene: str
    faces: int
    found: float
    stages: dict[str, Measurement]
    processor_ms: float
    ratio: float
    energy_mj: float | None


def bench_pipeline(recognizer: Recognizer, *, seconds: float) -> Iterator[PipelineFigure]:
    """Measure scene by scene, about `seconds` each.

    The frames are fed as a stream of 24 frames a second, forwards and back, so that tracking,
    smoothing, the looks at the whole frame and at tiles for small faces cost what they cost in
    use. Each frame is copied first, outside of the measurement: a decoder has just written it.
    """
    for scene in scenes():
        yield _measured(scene, recognizer.fork(), seconds)


def _measured(scene: Scene, recognizer: Recognizer, seconds: float) -> PipelineFigure:
    there_and_back = scene.frames + scene.frames[-2:0:-1]
    times: dict[str, list[float]] = {stage: [] for stage in STAGES}
    found = number = 0
    least = LEAST_OF_MANY if scene.faces > MANY_FACES else LEAST_FRAMES
    warm_up = least // 2
    fixed = [_fixed_ms()]
    processor_s = 0.0
    meter, end = EnergyMeter(), time.perf_counter() + seconds * 1.2
    while number < warm_up + least or time.perf_counter() < end:
        frame = there_and_back[number % len(there_and_back)].copy()
        began_s = time.process_time()
        result = recognizer(frame, number / RATE_HZ)
        took_s = time.process_time() - began_s
        number += 1
        if number == warm_up:
            meter = EnergyMeter()
        elif number > warm_up:
            found += len(result.faces)
            processor_s += took_s
            for stage in STAGES:
                times[stage].append(getattr(recognizer.timings, f"{stage}_ms"))
    joules = meter.joules()
    fixed.append(_fixed_ms())
    counted = number - warm_up
    processor_ms = processor_s * 1e3 / counted
    stages = {stage: Measurement.of(values) for stage, values in times.items()}
    return PipelineFigure(
        scene.name,
        scene.faces,
        found / counted,
        stages,
        processor_ms,
        processor_ms / (sum(fixed) / 2),
        None if joules is None else joules * 1e3 / counted,
    )


def _fixed_ms() -> float:
    """Processor time of the fixed computation; its mean, as Windows counts 16 ms at a time."""
    return max(1e-6, fixed_computation(PROBE_S, clock=time.thread_time).mean_ms)
