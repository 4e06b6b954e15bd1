"""Whether an int8 YuNet is faster here, and what it finds.

    python scripts/measure_int8_detector.py [MORE_CLIPS …]

Quantises the bundled detector (QDQ, U8S8, per channel, 7-bit weights, minimum and maximum over
frames of the demo clip and the test pictures) and prints milliseconds on one thread, and how many
of the float network's faces it finds on other frames. Needs the packages onnx and onnxruntime.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import onnx
import onnx.version_converter
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)

import mimika
from mimika.base.timing import measure
from mimika.detection import HIGH_SCORE, open_detector
from mimika.detection.table import DETECTORS
from mimika.engines.onnxruntime_cpu import CpuSession

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
MEDIA = ROOT / "tests" / "media_files"
CLIPS = (
    ROOT / "src" / "mimika" / "assets" / "demo.mp4",
    MEDIA / "head-pose-face-detection-female-and-male.gif",
)
SIZES = ((96, 96), (192, 320), (384, 640))
OPSET = 17
"""Scales per channel need 13 or more; the bundled file has 11."""


def planes(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float32]:
    copy = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(copy.transpose(2, 0, 1)[None].astype(np.float32))


class Frames(CalibrationDataReader):
    """Hands the frames over one by one."""

    def __init__(self, frames: list[NDArray[np.uint8]]) -> None:
        self._left = iter([{"input": planes(frame, 192, 320)} for frame in frames])

    def get_next(self) -> dict[str, Any] | None:
        """The next frame; None at the end."""
        return next(self._left, None)


def quantize(folder: Path, frames: list[NDArray[np.uint8]]) -> Path:
    newer, prepared, int8 = (folder / f"{name}.onnx" for name in ("newer", "prepared", "int8"))
    onnx.save(
        onnx.version_converter.convert_version(onnx.load(DETECTORS["yunet"].bundled()), OPSET),
        newer,
    )
    quant_pre_process(str(newer), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(int8),
        Frames(frames),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    return int8


def frames_of(clip: Path) -> list[NDArray[np.uint8]]:
    with mimika.open_source(clip) as source:
        return [frame.image for frame in source]


def main() -> None:
    demo = frames_of(CLIPS[0])
    pictures = [cv2.imread(str(path)) for path in sorted(MEDIA.glob("*.[jp][pn]g"))]
    with tempfile.TemporaryDirectory() as folder:
        int8 = quantize(Path(folder), demo[::12] + pictures)
        print("height width   float ms    int8 ms (median, one thread)")
        for height, width in SIZES:
            feeds = {"input": planes(demo[0], height, width)}
            cells = []
            for path in (DETECTORS["yunet"].bundled(), int8):
                session = CpuSession(path, 1)
                names = list(session.outputs)
                run = measure(lambda: session.run(names, feeds), seconds=1)  # noqa: B023
                cells.append(f"{run.median_ms:10.2f}")
            print(f"{height:6} {width:5} {' '.join(cells)}")
        exact, rounded = (open_detector(name, engine="cpu") for name in ("yunet", str(int8)))
        for clip in (*CLIPS, *map(Path, sys.argv[1:])):
            overlaps, more = [], 0
            for image in frames_of(clip)[5::7]:
                a = exact.detect(image, 320).at_least(HIGH_SCORE)
                b = rounded.detect(image, 320).at_least(HIGH_SCORE)
                overlaps += [max((x.iou(y) for y in b.boxes), default=0.0) for x in a.boxes]
                more += max(0, len(b) - len(a))
            found = sum(overlap > 0.5 for overlap in overlaps)
            iou = statistics.median(overlaps) if overlaps else 0.0
            print(f"{clip.name}: {found} of {len(overlaps)} faces, {more} more, IoU {iou:.3f}")


if __name__ == "__main__":
    main()
