"""The verbs, in the groups and the order of the help; the everyday ones first."""

from __future__ import annotations

import importlib.util

GROUPS: dict[str, tuple[str, ...]] = {
    "Recognize": ("webcam", "image", "demo", "cameras"),
    "Films": ("video", "report"),
    "Train": ("dataset", "train", "compare", "evaluate", "submit"),
    "Models": ("models", "engines", "bench", "adopt", "export", "quantize"),
    "Serve": ("serve", "web"),
}
"""Heading to verbs; each verb is a module of its name beside this one."""

NEEDS = {
    "dataset": "mimika.training",
    "train": "mimika.training",
    "compare": "mimika.training",
    "evaluate": "mimika.training",
    "submit": "mimika.training",
    "export": "mimika.training",
    "quantize": "mimika.training",
    "serve": "mimika.apps.server",
}
"""Verb to the room that the packed program may have been made without."""


def offered() -> dict[str, tuple[str, ...]]:
    """The groups with the verbs that this copy of Mimika has."""
    return {
        heading: tuple(verb for verb in verbs if _there(verb))
        for heading, verbs in GROUPS.items()
        if any(_there(verb) for verb in verbs)
    }


def _there(verb: str) -> bool:
    room = NEEDS.get(verb)
    return room is None or importlib.util.find_spec(room) is not None
