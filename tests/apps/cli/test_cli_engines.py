from __future__ import annotations

from mimika.apps.cli.main import run
from mimika.engines.registry import MODULES


def test_every_engine_is_listed_with_what_it_lacks(capsys):
    assert run(["engines", "--threads", "2"]) == 0
    said = capsys.readouterr().out
    for name in MODULES:
        assert name in said
    assert "the same" in said
    assert "--engine auto takes" in said


def test_a_model_that_is_not_there(capsys):
    assert run(["engines", "--model", "none.onnx"]) == 4
    assert "There is no model" in capsys.readouterr().err
