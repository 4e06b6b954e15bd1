"""CONTRIBUTING.md, "A detector", done as it is written there."""

from __future__ import annotations

import json

from helpers.guide import steps


def test_a_detector_is_a_file_and_an_entry(copy, media):
    walk = steps("A detector")
    assert len({step.path for step in walk}) == 2
    for step in walk:
        copy.take(step)
    copy.lint()

    copy.tests("detection/test_detector_contract.py", "-k", "twice or choices")
    photo = str(media / "two_people.jpg")
    copy.mimika("image", photo, "--detector", "twice", "--jsonl", "seen.jsonl")
    (line,) = (copy.root / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(json.loads(line)["faces"]) == 2
    assert "twice" in copy.mimika("image", "--help")
    page = "from mimika.apps.cli._detectors_page import page; print(page())"
    assert "| `twice` |" in copy.python("-c", page)
