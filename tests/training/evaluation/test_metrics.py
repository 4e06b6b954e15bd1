"""Figures against cases that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.base.errors import InputError
from mimika.models.card import Card, InputSpec, categorical
from mimika.schema.outputs import OUTPUT_KINDS, Output
from mimika.training.evaluation.bootstrap import intervals
from mimika.training.evaluation.metrics import (
    best_temperature,
    classification_metrics,
    concordance,
    mean_absolute_error,
    output_metrics,
    reliability,
    rmse,
)
from mimika.training.evaluation.predictions import mapping_to


def sure_of(numbers, confidence, classes):
    rest = (1 - confidence) / (classes - 1)
    rows = np.full((len(numbers), classes), rest, np.float32)
    rows[np.arange(len(numbers)), numbers] = confidence
    return rows


def test_a_case_by_hand():
    # Four of a, two of b, none of c: three a right, one a called b; one b right, one called c.
    labels = np.array([0, 0, 0, 0, 1, 1])
    said = sure_of([0, 0, 0, 1, 1, 2], 0.8, 3)
    figures = classification_metrics(said, labels, ("a", "b", "c"))
    assert figures["n"] == 6
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert figures["confusion"] == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]
    b = figures["per_class"]["b"]
    assert (b["recall"], b["precision"], b["f1"], b["n"]) == pytest.approx((0.5, 0.5, 0.5, 2))
    # All six say 0.8 and two thirds are right.
    assert figures["ece"] == pytest.approx(0.8 - 4 / 6, abs=1e-6)


def test_faces_without_a_label_do_not_count():
    figures = classification_metrics(sure_of([0, 1, 1], 0.9, 2), np.array([0, 1, -1]), ("a", "b"))
    assert (figures["n"], figures["accuracy"]) == (2, 1.0)


def test_the_temperature_that_made_them_too_sure_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 5))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([rng.choice(5, p=row) for row in chances])
    for made in (0.5, 1.0, 2.0):
        assert best_temperature(logits * made, labels) == pytest.approx(made, rel=0.06)


def test_intervals_cover_what_the_binomial_says():
    labels = np.zeros(400, np.int64)
    labels[200:] = 1
    guesses = labels.copy()
    guesses[:40] = 1
    drawn = intervals(sure_of(guesses, 0.9, 2), labels)
    low, high = drawn["accuracy"]
    wide = 1.96 * np.sqrt(0.9 * 0.1 / 400)
    assert low == pytest.approx(0.9 - wide, abs=0.01)
    assert high == pytest.approx(0.9 + wide, abs=0.01)
    low, high = drawn["per_class"][0]["recall"]
    wide = 1.96 * np.sqrt(0.8 * 0.2 / 200)
    assert low == pytest.approx(0.8 - wide, abs=0.015)
    assert high == pytest.approx(0.8 + wide, abs=0.015)
    assert drawn["per_class"][1]["recall"] == [1.0, 1.0]


def test_reliability_bins():
    said = np.concatenate([sure_of([0] * 10, 0.95, 2), sure_of([0] * 10, 0.55, 2)])
    labels = np.array([0] * 9 + [1] + [0] * 5 + [1] * 5)
    low, high = reliability(said, labels)
    assert (low["accuracy"], low["n"]) == (0.5, 10)
    assert (high["accuracy"], high["n"]) == (0.9, 10)
    assert high["confidence"] == pytest.approx(0.95)


def test_concordance_by_hand():
    # Of one line, moved by 1: 2 * cov / (var + var + 1).
    x = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32)
    assert concordance(x, x) == pytest.approx(1.0)
    assert concordance(x + 1, x) == pytest.approx(2 * 1.25 / (1.25 + 1.25 + 1))
    assert concordance(-x, x) == pytest.approx(2 * -1.25 / (1.25 + 1.25 + 9))
    assert rmse(x + 1, x) == pytest.approx(1.0)
    unknown = np.concatenate([x, [[np.nan]]])
    assert concordance(np.concatenate([x + 1, [[90]]]), unknown) == pytest.approx(2.5 / 3.5)
    both = np.concatenate([x, x + 1], axis=1)
    assert concordance(both, np.concatenate([x, x], axis=1)) == pytest.approx((1 + 2.5 / 3.5) / 2)
    assert np.isnan(concordance(np.ones((3, 1)), np.ones((3, 1))))


def test_angles_go_the_short_way_round():
    predicted, target = np.array([[179.0, 10.0]]), np.array([[-179.0, np.nan]])
    assert mean_absolute_error(predicted, target) == pytest.approx(2.0)


def test_each_kind_of_output_has_its_metrics():
    unknown = np.full((3, 2), np.nan, np.float32)
    for kind, entry in OUTPUT_KINDS.items():
        if kind == "categorical":
            found = output_metrics(kind, np.eye(3, dtype=np.float32), np.array([0, 1, -1]))
            assert found["accuracy"] == 1.0
            assert set(entry.metrics) <= found.keys()
        else:
            assert set(entry.metrics) == output_metrics(kind, unknown * 0 + 1, unknown * 0).keys()
            assert all(map(np.isnan, output_metrics(kind, unknown * 0, unknown).values()))


CARD = Card(
    name="m",
    version="1",
    input=InputSpec(48, 48, 1, "gray"),
    outputs={
        "emotion": categorical("emotion", ("anger", "happy", "sad", "uncertain"), "probabilities"),
        "fer2013": categorical("fer2013", ("anger", "happy", "sad"), "probabilities_fer2013"),
        "affect": Output(
            name="affect", kind="continuous", labels=("valence", "arousal"), tensor="affect"
        ),
    },
)


def test_the_narrowest_output_that_knows_the_classes_answers():
    assert mapping_to(CARD, ("sad", "happy")).output == "fer2013"
    assert mapping_to(CARD, ("sadness", "Happiness")).columns == (2, 1)
    assert mapping_to(CARD, ("anger", "uncertain")).output == "emotion"
    with pytest.raises(InputError, match="does not know fear"):
        mapping_to(CARD, ("anger", "fear"))
