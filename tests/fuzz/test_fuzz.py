"""A minute of damaged inputs; `python scripts/fuzz.py --count 1000000` has more."""

from __future__ import annotations

import pytest

from helpers.fuzzing import TARGETS, fuzz

SECONDS = 7.0


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_answers_or_says_what_is_wrong(name):
    if name == "model":
        pytest.importorskip("onnx", reason="makes a model with onnx")
    assert fuzz(name, count=20, seed=2) == 20
    fuzz(name, seconds=SECONDS, seed=1)
