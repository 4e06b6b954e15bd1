"""Whether two opened networks say the same of real faces, and which is faster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.engines.session import Session

    Feeds = Mapping[str, NDArray[np.generic]]

PICTURE = Path(__file__).parent.parent / "assets" / "probe.jpg"
"""Eight faces of 96x96 pixels, four by two."""

TOLERANCE = 0.05
"""Greatest difference of an output, in lengths of the vector. Measured on these faces with the int8
default model: OpenVINO differs from the CPU by 0.024, products that saturate by 0.09; float models
differ by 1e-5, float16 and TF32 by about 1e-3."""

FLOOR = 1e-3
"""Difference a value that counts as none, for outputs that are all but zero."""

RUNS, ENOUGH_S = 15, 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison with the CPU showed.

    Attributes:
        agrees: the answers are the same within the tolerance.
        ms: shortest time of a run with one picture, in milliseconds.
        cpu_ms: likewise of the CPU.
        difference: greatest difference of an output, as a share of its length.
    """

    agrees: bool
    ms: float
    cpu_ms: float
    difference: float


def compare(session: Session, cpu: Session, types: Mapping[str, str]) -> Verdict:
    """Run both on the same faces.

    Args:
        session: the network on another engine.
        cpu: the same on the CPU.
        types: ONNX Runtime's type of each input, such as "tensor(uint8)".

    Raises:
        DeviceError: an engine broke down.
    """
    names = list(cpu.outputs)
    many = {name: probe(shape, types[name], 8) for name, shape in cpu.inputs.items()}
    worst = max(
        difference(a, b)
        for a, b in zip(session.run(names, many), cpu.run(names, many), strict=True)
    )
    one = {name: probe(shape, types[name], 1) for name, shape in cpu.inputs.items()}
    ms, cpu_ms = _race(session, cpu, names, one)
    return Verdict(worst <= TOLERANCE, ms, cpu_ms, worst)


def difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Return the length of the difference as a share of the expected length; inf where undefined.

    Args:
        found: any shape.
        expected: the same shape.
    """
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    off = np.linalg.norm(found.astype(np.float64) - expected)
    floor = FLOOR * np.sqrt(max(expected.size, 1))
    return float(off / max(np.linalg.norm(expected.astype(np.float64)), floor / TOLERANCE))


def probe(shape: Sequence[Any], kind: str, count: int) -> NDArray[np.generic]:
    """Make an input of real faces, or of noise where a shape is no picture's.

    Args:
        shape: of the input; a free axis is no number.
        kind: ONNX Runtime's type, such as "tensor(uint8)".
        count: pictures, where the first axis is free.
    """
    import cv2

    dtype = np.uint8 if "uint8" in kind else np.float32
    sheet = cv2.imread(str(PICTURE))
    if len(shape) == 4 and sheet is not None:
        number = shape[0] if isinstance(shape[0], int) else count
        if shape[3] in (1, 3):
            return _faces(sheet, number, shape[1], shape[2], shape[3]).astype(dtype)
        if shape[1] in (1, 3):
            # Sides that are free are a detector's: the whole sheet, several faces in a picture.
            free = not (isinstance(shape[2], int) and isinstance(shape[3], int))
            size = (320, 160) if free else (shape[3], shape[2])
            number = 1 if free else number
            whole = cv2.resize(sheet, size, interpolation=cv2.INTER_AREA)
            planes = np.repeat(_colored(whole, shape[1])[None], number, axis=0)
            return np.ascontiguousarray(planes.transpose(0, 3, 1, 2)).astype(dtype)
    fixed = [axis if isinstance(axis, int) else count for axis in shape]
    return np.random.default_rng(0).integers(0, 256, fixed).astype(dtype)


def _faces(
    sheet: NDArray[np.uint8], count: int, height: Any, width: Any, channels: int
) -> NDArray[np.uint8]:
    import cv2

    size = tuple(side if isinstance(side, int) else 96 for side in (width, height))
    cells = [sheet[y : y + 96, x : x + 96] for y in (0, 96) for x in range(0, 384, 96)]
    faces = [_colored(cv2.resize(cell, size), channels) for cell in cells]
    return np.stack([faces[i % len(faces)] for i in range(count)])


def _colored(picture: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    import cv2

    if channels == 1:
        return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[:, :, np.newaxis]
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _race(session: Session, cpu: Session, names: list[str], feeds: Feeds) -> tuple[float, float]:
    """Shortest times in milliseconds; by turns, so that a busy moment slows both."""
    took: tuple[list[float], list[float]] = ([], [])
    began = time.perf_counter()
    for number in range(RUNS + 1):
        for each, times in zip((session, cpu), took, strict=True):
            start = time.perf_counter()
            each.run(names, feeds)
            if number:  # the first run with a new shape prepares it
                times.append(time.perf_counter() - start)
        if number and time.perf_counter() - began > ENOUGH_S:
            break
    return min(took[0]) * 1e3, min(took[1]) * 1e3
