"""Networks by themselves: by engine, precision and batch, on real faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import DeviceError, OutputError
from mimika.base.timing import Measurement, measure
from mimika.benchmark.scenes import scenes
from mimika.detection import open_detector
from mimika.engines.registry import MODULES, find_engine
from mimika.models.model import OnnxModel
from mimika.models.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.card import Card

BATCHES = (1, 4, 16)
CALIBRATION_FACES = 64


@dataclass(frozen=True, slots=True)
class Network:
    """A model file to measure.

    Attributes:
        name: what it is called.
        precision: "float32" or "int8".
        path: the file, with a card.
    """

    name: str
    precision: str
    path: Path

    @classmethod
    def of(cls, name: str, path: Path) -> Network:
        """Name a model file; its precision is what its graph says."""
        return cls(name, "int8" if b"QuantizeLinear" in path.read_bytes() else "float32", path)


@dataclass(frozen=True, slots=True)
class NetworkFigure:
    """What a batch of faces took in one network on one engine.

    Attributes:
        network: its name.
        precision: "float32" or "int8".
        engine: what really ran it.
        batch: faces at once.
        run: the whole batch.
        face_ms: median for one face, in milliseconds.
    """

    network: str
    precision: str
    engine: str
    batch: int
    run: Measurement
    face_ms: float


def installed_engines() -> tuple[str, ...]:
    """Names of the engines that nothing has to be installed for; a device may still be absent."""
    return tuple(name for name in MODULES if find_engine(name).installed())


def bench_networks(
    networks: Sequence[Network],
    engines: Sequence[str],
    *,
    threads: int,
    seconds: float,
    batches: Sequence[int] = BATCHES,
    passed_over: Callable[[str], None] | None = None,
) -> Iterator[NetworkFigure]:
    """Measure model files.

    Args:
        networks: the model files.
        engines: engines to run each of them on.
        threads: processor threads; 0 takes what suits the machine.
        seconds: about how long to measure each row.
        batches: faces at once.
        passed_over: called with why an engine cannot run a network; None makes that an error.

    Raises:
        DeviceError: an engine cannot run here, and `passed_over` is None.
    """
    for network in networks:
        for engine in engines:
            try:
                classifier = OnnxModel(network.path, engine=engine, threads=threads)
            except (DeviceError, OutputError) as error:
                if passed_over is None:
                    raise
                passed_over(str(error).replace(str(network.path), network.name))
                continue
            faces = real_faces(classifier.card, max(batches))
            for batch in batches:
                some = np.ascontiguousarray(faces[:batch])
                run = measure(lambda some=some, run=classifier: run(some), seconds=seconds)  # type: ignore[misc]
                yield NetworkFigure(
                    network.name,
                    network.precision,
                    classifier.engine,
                    batch,
                    run,
                    run.median_ms / batch,
                )


def known_networks(folder: Path, notice: Callable[[str], None]) -> list[Network]:
    """Write the networks of the original work, with random weights, in float32 and int8.

    Args:
        folder: where to; it exists.
        notice: called with what is being made, as that takes a minute or two.

    Raises:
        MissingExtra: the `train` extra is not installed.
    """
    from mimika.base.errors import MissingExtra

    try:
        from mimika.training.bench_models import write_models
        from mimika.training.quantization.static import quantize
    except ImportError as error:
        raise MissingExtra("Measuring VGG19, ResNet50 and the other known networks", "train") from (
            error
        )
    notice("Making VGG19, ResNet50 and the other known networks, with random weights …")
    networks = []
    for name, path in write_models(folder).items():
        notice(f"Quantizing {name} …")
        int8 = path.with_name(f"{name}-int8.onnx")
        card = OnnxModel(path, engine="cpu").card
        quantize(path, real_faces(card, CALIBRATION_FACES), int8)
        networks += [Network(name, "float32", path), Network(name, "int8", int8)]
    return networks


def real_faces(card: Card, count: int) -> NDArray[np.uint8]:
    """Faces of the demo clip as a model takes them: (count, H, W, C) uint8."""
    detector = open_detector("yunet", engine="cpu")
    frames = next(scenes()).frames
    cut = [
        prepare(frame, detector.detect(frame, 320).boxes[:1], card.input, card.crop_margin)
        for frame in frames[:count]
    ]
    faces = np.concatenate(cut)
    return np.concatenate([faces] * -(-count // len(faces)))[:count]
