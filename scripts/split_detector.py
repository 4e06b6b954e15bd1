"""Make the two halves of `src/mimika/assets/yunet.onnx`, which a stream runs in two frames.

    pip install onnx
    python scripts/split_detector.py

One after the other they give what the whole network gives, to the last bit. Between them is the
only value that is needed of what was computed, at about half of the work.
"""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper
from onnx.utils import Extractor

ASSETS = Path(__file__).resolve().parents[1] / "src" / "mimika" / "assets"
BETWEEN = "201"
CHANNELS = 32


def main() -> None:
    model = onnx.load(ASSETS / "yunet.onnx")
    (given,) = (each.name for each in model.graph.input)
    outputs = [each.name for each in model.graph.output]
    between = helper.make_tensor_value_info(
        BETWEEN, TensorProto.FLOAT, ["batch", CHANNELS, "height", "width"]
    )
    model.graph.value_info.append(between)
    for name, inputs, ends in (("first", [given], [BETWEEN]), ("second", [BETWEEN], outputs)):
        half = Extractor(model).extract_model(inputs, ends)
        onnx.checker.check_model(half)
        path = ASSETS / f"yunet_{name}.onnx"
        onnx.save(half, path)
        print(f"wrote {path.name} ({path.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
