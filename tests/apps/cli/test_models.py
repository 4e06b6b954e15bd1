"""`mimika models` in a terminal of 80 columns."""

from __future__ import annotations

from mimika.apps.cli.main import run
from mimika.models.card import Card
from mimika.models.find import BUNDLED


def test_the_bundled_models_are_listed_with_their_accuracy(capsys):
    assert run(["models"]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert len(lines) < 12
    assert max(map(len, lines)) <= 80
    for name, path in BUNDLED.items():
        card = Card.from_json(path.with_suffix(".card.json").read_text(encoding="utf-8"), name)
        row = next(line for line in lines if f" {name} " in line)
        assert f"{card.metrics['ferplus-8/test']['accuracy']:.1%}" in row
    assert "`mimika models default`" in printed


def test_a_whole_card_has_a_line_for_each_part_of_an_audit(capsys):
    assert run(["models", "fast"]) == 0
    printed = capsys.readouterr().out
    assert "slim-s48" in printed
    assert "nine/test: accuracy" in printed
    assert "  robustness: light" in printed
    assert "    gender, happy: female" in printed
