"""Accuracy and speed of model files, engine by engine, on the same faces.

    python scripts/measure_engines.py DATA FLOAT.onnx INT8.onnx ... [--engines cpu openvino]

The first model on the first engine is what the others are compared with. All are timed by turns, so
that a busy moment slows all of them. "cpu-fast" is the processor with ONNX Runtime's own choice of
products for int8, which saturate on x86 processors without VNNI (see
`mimika/engines/onnxruntime_session.py`). Needs the `train` extra.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from mimika.benchmark.machine import fixed_computation, noise, this_machine
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, session_options
from mimika.models.model import OnnxModel
from mimika.training.data.dataset import open_data
from mimika.training.evaluation.predictions import mapping_to, predict

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCHES, ROUNDS = (1, 4, 16), 100


def opened(path: Path, engine: str, threads: int) -> OnnxModel:
    if engine != "cpu-fast":
        return OnnxModel(path, engine=engine, threads=threads)
    classifier = OnnxModel(path, engine="cpu", threads=threads)
    options = session_options(threads, exact=False)
    classifier._session = OnnxRuntimeSession("cpu", path, options)
    return classifier


def times_ms(classifiers: dict[str, OnnxModel], faces: NDArray[np.uint8]) -> dict[str, list[float]]:
    """Median milliseconds a face for each batch."""
    took: dict[str, list[float]] = {name: [] for name in classifiers}
    for batch in BATCHES:
        some = np.ascontiguousarray(faces[:batch])
        rounds: dict[str, list[float]] = {name: [] for name in classifiers}
        for number in range(ROUNDS + 5):
            for name, classifier in classifiers.items():
                start = time.perf_counter()
                classifier(some)
                if number >= 5:
                    rounds[name].append(time.perf_counter() - start)
        for name, seconds in rounds.items():
            took[name].append(float(np.median(seconds)) * 1e3 / batch)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--engines", nargs="+", default=["cpu", "cpu-fast", "openvino"])
    parser.add_argument("--labels", default="auto")
    parser.add_argument("--split", default="valid")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    data = open_data(arguments.data, labels=arguments.labels, crop="none", to_train=False)
    split = data.splits[arguments.split]
    classifiers = {
        f"{path.stem}, {engine}": opened(path, engine, arguments.threads)
        for path in arguments.models
        for engine in arguments.engines
    }
    first = next(iter(classifiers.values()))
    faces = split.faces(first.card.input)
    assert all(c.card.input == first.card.input for c in classifiers.values()), "inputs differ"
    took = times_ms(classifiers, faces)
    table = Table(title=f"{len(faces)} faces of {data.name}, {arguments.split}")
    for heading in ("model, engine", "accuracy", "same answer", "greatest difference"):
        table.add_column(heading, justify="right")
    for batch in BATCHES:
        table.add_column(f"ms a face, batch {batch}", justify="right")
    expected: NDArray[np.float32] | None = None
    for name, classifier in classifiers.items():
        said = predict(classifier, faces, mapping_to(classifier.card, data.classes))
        expected = said if expected is None else expected
        table.add_row(
            name,
            f"{(said.argmax(1) == split.labels).mean():.2%}",
            f"{(said.argmax(1) == expected.argmax(1)).mean():.1%}",
            f"{np.abs(said - expected).max():.3f}",
            *(f"{ms:.2f}" for ms in took[name]),
        )
    console = Console(width=130)
    machine = this_machine()
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    console.print(
        f"{machine.processor}, {machine.cores} cores, {arguments.threads} threads, {packages}, "
        f"{machine.day}; noise {noise(fixed_computation()):.0%}"
    )
    console.print(table)


if __name__ == "__main__":
    main()
