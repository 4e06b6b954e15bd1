"""Measure a model file on FER2013 with FER+'s votes and write the figures into its card.

    python scripts/write_card_metrics.py default.onnx FERPLUS [--test]

Accuracy, mean recall and calibration error under three protocols (docs/evaluation.md), of
valid, and with --test of test, which is read once.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx

from mimika.base.files import replacing
from mimika.models.card import CARD_KEY
from mimika.models.model import OnnxModel
from mimika.training.evaluation.evaluate import evaluate, open_for_evaluation

PROTOCOLS = ("nine", "ferplus-8", "fer2013")
KEPT = ("accuracy", "balanced_accuracy", "ece")


def measured(model: OnnxModel, data: Path, splits: list[str]) -> dict[str, Any]:
    """Return "PROTOCOL/SPLIT" to accuracy, balanced accuracy, calibration error and faces."""
    found = {}
    for protocol in PROTOCOLS:
        for split in splits:
            faces, chosen = open_for_evaluation(data, model, split=split, protocol=protocol)
            metrics = evaluate(model, faces, chosen, resamples=0)
            rounded = {name: round(metrics[name], 4) for name in KEPT}
            found[f"{protocol}/{split}"] = rounded | {"n": metrics["n"]}
            print(f"{protocol}/{split}: {found[f'{protocol}/{split}']}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--test", action="store_true")
    arguments = parser.parse_args()
    model = OnnxModel(arguments.model, engine="cpu")
    splits = ["valid", "test"] if arguments.test else ["valid"]
    card = replace(model.card, metrics=measured(model, arguments.data, splits))
    graph = onnx.load(arguments.model)
    onnx.helper.set_model_props(graph, {CARD_KEY: card.to_json()})
    with replacing(arguments.model) as beside:
        onnx.save(graph, beside)


if __name__ == "__main__":
    main()
