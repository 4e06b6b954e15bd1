"""Probabilities do not flicker, at any frame rate."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.tracking.smoothing import (
    LEAD,
    TIME_CONSTANT_S,
    CircularMeanSmoother,
    ProbabilitySmoother,
)


def row(*values):
    return np.array(values, np.float32)


def test_the_first_value_counts_whole():
    smoother = ProbabilitySmoother()
    mean = smoother.update(row(0.2, 0.7, 0.1), 3.0)
    assert smoother.held == 1
    assert mean == pytest.approx([0.2, 0.7, 0.1], abs=1e-6)


@pytest.mark.parametrize("rate", [5, 30, 120])
def test_a_step_reaches_63_percent_after_the_time_constant(rate):
    smoother = ProbabilitySmoother()
    smoother.update(row(1, 0), 0)
    steps = round(TIME_CONSTANT_S * rate * 10) / 10
    time = 0.0
    for i in range(1, int(steps) + 1):
        time = i / rate
        mean = smoother.update(row(0, 1), time)
    assert mean[1] == pytest.approx(1 - np.exp(-time / TIME_CONSTANT_S), abs=1e-6)


def test_it_stays_a_distribution():
    rng, smoother = np.random.default_rng(0), ProbabilitySmoother()
    for i in range(200):
        mean = smoother.update(rng.dirichlet(np.ones(9)).astype(np.float32), i / 30)
        assert mean.sum() == pytest.approx(1, abs=1e-5)
        assert (mean >= 0).all()


def test_a_narrow_race_does_not_flicker_and_a_clear_lead_does_change():
    smoother, labels = ProbabilitySmoother(), []
    for i in range(300):
        lean = 0.03 if (i // 10) % 2 else -0.03
        smoother.update(row(0.5 + lean, 0.5 - lean), i / 30)
        labels.append(smoother.held)
    assert len(set(labels)) == 1
    other = 1 - labels[-1]
    clear = [0.5 - LEAD, 0.5 - LEAD]
    clear[other] = 0.5 + LEAD
    for i in range(300, 400):
        smoother.update(row(*clear), i / 30)
    assert smoother.held == other


def test_two_readings_at_one_time_do_no_harm():
    smoother = ProbabilitySmoother()
    smoother.update(row(1, 0), 1.0)
    mean = smoother.update(row(0, 1), 1.0)
    assert (mean.tolist(), smoother.held) == ([1.0, 0.0], 0)


def test_angles_go_around_the_short_way():
    smoother = CircularMeanSmoother()
    smoother.update(row(170, 10), 0.0)
    over = smoother.update(row(-170, -10), 0.1)
    assert 170 < over[0] < 180
    assert 0 < over[1] < 10
