"""The verbs, in the groups and the order of the help; the everyday ones first."""

from __future__ import annotations

import importlib.util
import sys

GROUPS: dict[str, tuple[str, ...]] = {
    "Recognize": ("webcam", "image", "demo", "cameras"),
    "Films": ("video", "report", "audience", "batch"),
    "Train": ("dataset", "train", "compare", "evaluate", "audit", "submit"),
    "Models": ("models", "engines", "bench", "adopt", "calibrate", "export", "quantize"),
    "Serve": ("serve", "web"),
}
"""Heading to verbs; each verb is a module of its name beside this one."""

NEEDS = {
    "dataset": "mimika.training",
    "train": "mimika.training",
    "compare": "mimika.training",
    "evaluate": "mimika.training",
    "audit": "mimika.training",
    "submit": "mimika.training",
    "calibrate": "mimika.training",
    "export": "mimika.training",
    "quantize": "mimika.training",
    "adopt": "mimika.models.adopt",
    "serve": "mimika.apps.server",
    "report": "mimika.apps.report",
}
"""Verb to the room that the packed program may have been made without."""


def offered() -> dict[str, tuple[str, ...]]:
    """The groups with the verbs that this copy of Mimika has."""
    found = {heading: tuple(filter(_there, verbs)) for heading, verbs in GROUPS.items()}
    return {heading: verbs for heading, verbs in found.items() if verbs}


def _there(verb: str) -> bool:
    room = NEEDS.get(verb)
    if room is None or not getattr(sys, "frozen", False):
        return True
    return importlib.util.find_spec(room) is not None
