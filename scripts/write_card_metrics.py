"""Measure a model file on FER2013 with FER+'s votes and write the figures into its card.

    python scripts/write_card_metrics.py default.onnx FERPLUS [--test] [--audit AUDIT.json ...]

Accuracy, mean recall and calibration error under three labelings (docs/evaluation.md), of
valid, and with --test of test, which is read once. --audit adds the summaries of what `mimika
audit` wrote for the same file (docs/audit.md).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx

from mimika.base.files import replacing
from mimika.models.card import CARD_KEY
from mimika.models.model import OnnxModel
from mimika.training.audit.summary import summary, title
from mimika.training.evaluation.evaluate import evaluate, open_for_evaluation

PROTOCOLS = ("nine", "ferplus-8", "fer2013")
KEPT = ("accuracy", "balanced_accuracy", "ece")


def measured(model: OnnxModel, data: Path, splits: list[str]) -> dict[str, Any]:
    """Return "PROTOCOL/SPLIT" to accuracy, balanced accuracy, calibration error and faces."""
    found = {}
    for labels in PROTOCOLS:
        for split in splits:
            faces, chosen = open_for_evaluation(data, model, split=split, labels=labels)
            metrics = evaluate(model, faces, chosen, resamples=0)
            rounded = {name: round(metrics[name], 4) for name in KEPT}
            found[f"{labels}/{split}"] = rounded | {"n": metrics["n"]}
            print(f"{labels}/{split}: {found[f'{labels}/{split}']}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--audit", type=Path, nargs="+", default=[])
    arguments = parser.parse_args()
    model = OnnxModel(arguments.model, engine="cpu")
    splits = ["valid", "test"] if arguments.test else ["valid"]
    # Figures of test, which is read once, stay where they are not measured anew.
    metrics = {**model.card.metrics, **measured(model, arguments.data, splits)}
    card = replace(model.card, metrics=metrics)
    audits = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.audit]
    if others := {audit["model"] for audit in audits} - {card.name}:
        parser.error(f"the audit is of {', '.join(others)}, and this is {card.name}")
    if audits:
        card = replace(card, audit={title(audit): summary(audit) for audit in audits})
    graph = onnx.load(arguments.model)
    onnx.helper.set_model_props(graph, {CARD_KEY: card.to_json()})
    with replacing(arguments.model) as beside:
        onnx.save(graph, beside)


if __name__ == "__main__":
    main()
