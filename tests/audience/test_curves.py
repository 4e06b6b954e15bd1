"""Means over viewers have bands that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.audience.curves import curve, difference, mean_over


def test_the_mean_is_over_those_who_watched():
    values = np.array([[1, np.nan, np.nan], [3, 5, np.nan]], np.float32)
    np.testing.assert_array_equal(mean_over(values), [2, 5, np.nan])


def test_bands_hold_the_true_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = []
    for seed in range(40):
        values = rng.normal(1, 1, size=(30, 100)).astype(np.float32)
        found = curve(values, seed)
        places = slice(0, None, 5)
        held.append(((found.low <= 1) & (found.high >= 1))[places].mean())
    # Percentile intervals of 30 values are known to be a little narrow.
    assert np.mean(held) == pytest.approx(0.93, abs=0.03)


def test_bands_lie_about_the_mean_also_where_some_are_away():
    rng = np.random.default_rng(1)
    values = rng.normal(3, 1, size=(12, 203)).astype(np.float32)
    values[:8, 50:90] = np.nan
    values[:, 120:140] = np.nan
    found = curve(values)
    places = np.arange(0, 203, 5)
    places = places[(places < 118) | (places > 145)]
    assert (found.low[places] < found.mean[places]).all()
    assert (found.mean[places] < found.high[places]).all()
    assert np.isnan(found.mean[125])
    wide = (found.high - found.low)[60:85].mean()
    assert wide > 1.3 * (found.high - found.low)[:45].mean()


def test_one_viewer_has_no_band():
    found = curve(np.ones((1, 10), np.float32))
    assert np.isnan(found.low).all()
    assert (found.mean == 1).all()


def test_the_difference_of_two_groups():
    rng = np.random.default_rng(2)
    one, other = (rng.normal(m, 1, size=(20, 50)).astype(np.float32) for m in (4, 1))
    found = difference(one, other)
    assert found.mean.mean() == pytest.approx(3, abs=0.2)
    assert (found.low > 0).all()
    assert np.isnan(difference(one[:1], other).low).all()
