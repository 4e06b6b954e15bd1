"""An audit in a few numbers: what a model's card carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.training.audit.groups import WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

GRADES = {
    "light": 0.25,
    "dim and noisy": 0.25,
    "noise": 20,
    "gamma, darker": 3,
    "gamma, paler": 0.33,
    "motion blur": 0.2,
    "JPEG": 15,
    "few pixels": 16,
    "tilt": 45,
    "shift": 0.1,
    "mask": 0.5,
    "hand": 0.6,
    "glasses": 1,
    "edge": 0.2,
}
"""Degradation to the grade that stands for it."""


def title(found: Mapping[str, Any]) -> str:
    """What was audited on: data set, split and, where they were chosen, labels."""
    parts = [found["data"], found["split"]]
    return "/".join(parts + ([found["labels"]] if found["labels"] != "auto" else []))


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Shorten what `mimika.training.audit.audit.audit` gives; shares from 0 to 1.

    Returns:
        `n`, `accuracy`, `balanced_accuracy`, `ece`; `robustness`: accuracy by degradation and
        grade; `mirror`: share of labels that a mirror image changes; `groups`: by column and class
        the share that is right by group, of all groups that were large enough; `hidden`: share of
        the faces that are taken for none, where the model says that.
    """
    clean = found["clean"]
    short: dict[str, Any] = {"n": found["n"]}
    short |= {name: _round(clean[name]) for name in ("accuracy", "balanced_accuracy", "ece")}
    short["robustness"] = {
        f"{each['name']} {grade['written']}": _round(grade["accuracy"]["value"])
        for each in found["robustness"]
        for grade in each["grades"]
        if grade["grade"] == GRADES[each["name"]]
    }
    if (presence := found.get("presence")) is not None:
        short["hidden"] = _round(presence["hidden"]["value"])
    short["mirror"] = _round(found["steadiness"][0]["changed"]["value"])
    groups: dict[str, dict[str, float]] = {}
    for column, compared in found["groups"].items():
        for row in compared["groups"]:
            if not row["too_few"] and row["class"] != WHOLE:
                name = f"{column}, {row['class']}"
                groups.setdefault(name, {})[row["group"]] = _round(row["right"]["value"])
    return short | ({"groups": groups} if groups else {})


def _round(value: float) -> float:
    return round(value, 4)
