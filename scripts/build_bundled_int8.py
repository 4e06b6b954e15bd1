r"""Make a bundled model as it ships: int8, with the figures that it was measured to have.

    python scripts/build_default_model.py WEIGHTS.safetensors -o default-float.onnx
    python scripts/build_bundled_int8.py default-float.onnx FERPLUS -o default.onnx [--test]

    mimika export models/slim-s48.safetensors -o fast-float.onnx --name slim-s48 \
        --license Apache-2.0 --temperature 0.72 --prior-power 0.5 \
        --notes "Cut from repvgg_s48 and taught by it."
    python scripts/build_bundled_int8.py fast-float.onnx FERPLUS -o fast.onnx --in-float 1 [--test]

FERPLUS is FER2013 with FER+'s votes (docs/data.md). The ranges come from 1,024 validation faces,
the figures from `mimika evaluate`: of valid, and with --test once of test. --in-float leaves so
many layers in float, those that int8 hurts most.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from mimika.base.files import replacing
from mimika.models.card import CARD_KEY
from mimika.models.model import OnnxModel
from mimika.training.data.dataset import open_data
from mimika.training.evaluation.evaluate import evaluate, open_to_judge
from mimika.training.quantization.static import quantize, sensitive_layers

FACES, RANKING_FACES, SEED = 1024, 64, 5
PROTOCOLS = ("nine", "ferplus-8", "fer2013")


def figures(model: Path, data: Path, splits: tuple[str, ...]) -> dict[str, Any]:
    """Judge a model file: "PROTOCOL/SPLIT" to accuracy, balanced accuracy, ece and n."""
    classifier = OnnxModel(model, engine="cpu")
    found = {}
    for protocol in PROTOCOLS:
        for split in splits:
            faces, chosen = open_to_judge(data, classifier, split=split, protocol=protocol)
            said = evaluate(classifier, faces, chosen, resamples=0)
            kept = {k: round(said[k], 4) for k in ("accuracy", "balanced_accuracy", "ece")}
            found[f"{protocol}/{split}"] = kept | {"n": said["n"]}
            print(f"{model.name} {protocol}/{split}: {found[f'{protocol}/{split}']}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--in-float", type=int, default=0)
    parser.add_argument("--test", action="store_true")
    arguments = parser.parse_args()
    spec = OnnxModel(arguments.model, engine="cpu").card.input
    valid = open_data(arguments.data, labels="nine").splits["valid"].faces(spec)
    rows = np.random.default_rng(SEED).choice(len(valid), FACES, replace=False)
    faces = np.ascontiguousarray(valid[np.sort(rows)])
    kept = []
    if arguments.in_float:
        kept = sensitive_layers(arguments.model, faces[:RANKING_FACES])[: arguments.in_float]
    quantize(arguments.model, faces, arguments.output, keep_float=kept)
    figures(arguments.model, arguments.data, ("valid",))
    splits = ("valid", "test") if arguments.test else ("valid",)
    card = OnnxModel(arguments.output, engine="cpu").card
    card = replace(card, metrics=figures(arguments.output, arguments.data, splits))
    graph = onnx.load(arguments.output)
    onnx.helper.set_model_props(graph, {CARD_KEY: card.to_json()})
    with replacing(arguments.output) as beside:
        onnx.save(graph, beside)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
