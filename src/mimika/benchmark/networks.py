"""Networks by themselves: engine by engine, batch by batch, on real faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.benchmark.scenes import scenes
from mimika.benchmark.timing import Measurement, measure
from mimika.classification.classifier import OnnxClassifier
from mimika.classification.preprocessing import prepare
from mimika.detection import open_detector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.classification.card import Card

BATCHES = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class NetworkFigure:
    """What a batch of faces took in one network on one engine.

    Attributes:
        network: its name.
        engine: what really ran it.
        batch: faces at once.
        run: the whole batch.
        face_ms: median for one face, in milliseconds.
    """

    network: str
    engine: str
    batch: int
    run: Measurement
    face_ms: float


def bench_networks(
    files: Mapping[str, Path],
    engines: Sequence[str],
    *,
    threads: int,
    seconds: float,
    batches: Sequence[int] = BATCHES,
) -> Iterator[NetworkFigure]:
    """Measure model files.

    Args:
        files: name to model file (with a card).
        engines: engines to run each of them on.
        threads: processor threads; 0 takes what suits the machine.
        seconds: about how long to measure each row.
        batches: faces at once.

    Raises:
        DeviceError: a named engine cannot run here.
    """
    for name, path in files.items():
        for engine in engines:
            classifier = OnnxClassifier(path, engine=engine, threads=threads)
            faces = _faces(classifier.card, max(batches))
            for batch in batches:
                some = np.ascontiguousarray(faces[:batch])
                run = measure(lambda some=some, run=classifier: run(some), seconds=seconds)  # type: ignore[misc]
                yield NetworkFigure(name, classifier.engine, batch, run, run.median_ms / batch)


def _faces(card: Card, count: int) -> NDArray[np.uint8]:
    detector = open_detector("yunet")
    frames = scenes()[1].frames
    cut = [
        prepare(frame, detector.detect(frame, 320).boxes[:1], card.input, card.crop_margin)
        for frame in frames[:count]
    ]
    faces = np.concatenate(cut)
    return np.concatenate([faces] * -(-count // len(faces)))[:count]
