"""Rewrite finished int8 model files so that they take less time, as `mimika quantize` does it now.

    python scripts/rewrite_int8.py default.onnx fast.onnx --faces FERPLUS

The cards stay as they are. What is computed is rounded less often (`mimika.training.quantization.
rewriting`), so answers move a little: with --faces it prints how far, and how many of the labels
stay, over the validation faces of a data set. Printed as well is the processor time of one thread
for one face and for four, before and after, in turn. A file that is rewritten already stays as it
is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx

from mimika.base.files import replacing
from mimika.models.model import OnnxModel
from mimika.training.evaluation.evaluate import evaluate, open_for_evaluation
from mimika.training.quantization.rewriting import rewrite

ROUNDS = 300


def compare(before: Path, after: Path, data: Path) -> str:
    """Say how far the answers of two files for the same faces lie apart, and how good both are."""
    models = [OnnxModel(path, engine="cpu") for path in (before, after)]
    faces, chosen = open_for_evaluation(data, models[0], split="valid", labels="nine")
    pictures = faces.splits[chosen].faces(models[0].card.input)
    old, new = (model(pictures) for model in models)
    accuracy = [evaluate(model, faces, chosen, resamples=0)["accuracy"] for model in models]
    moved = np.abs(old - new).max(1)
    return (
        f"{len(pictures)} faces: probabilities move by {moved.mean():.4f} on average and "
        f"{moved.max():.3f} at most, {(old.argmax(1) == new.argmax(1)).mean():.2%} keep their "
        f"label; accuracy {accuracy[0]:.4f} before, {accuracy[1]:.4f} after"
    )


def times(*paths: Path) -> str:
    """Medians of the milliseconds that each of some files takes for one face and for four."""
    models = [OnnxModel(path, engine="cpu", threads=1) for path in paths]
    spec = models[0].card.input
    shape = (4, spec.height, spec.width, spec.channels)
    faces = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = []
    for count in (1, 4):
        took: list[list[float]] = [[] for _ in models]
        for _ in range(ROUNDS):
            for model, own in zip(models, took, strict=True):
                began = time.thread_time()
                model(faces[:count])
                own.append((time.thread_time() - began) * 1e3)
        now = " and ".join(f"{np.median(own):.2f}" for own in took)
        found.append(f"{now} ms for {count}")
    return "; ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--faces", type=Path, help="a data set to compare on")
    arguments = parser.parse_args()
    for path in arguments.files:
        with tempfile.TemporaryDirectory() as folder:
            before = Path(folder) / "before.onnx"
            before.write_bytes(path.read_bytes())
            model = onnx.load(path)
            rewrite(model)
            onnx.checker.check_model(model)
            with replacing(path) as part:
                onnx.save(model, part)
            print(f"{path}, before and after: {times(before, path)}")
            if arguments.faces:
                print(f"    {compare(before, path, arguments.faces)}")


if __name__ == "__main__":
    main()
