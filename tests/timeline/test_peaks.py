"""The peaks are SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from mimika.timeline.peaks import find_peaks

signal = pytest.importorskip("scipy.signal", reason="needs scipy (the report extra)")


def same(values, height, prominence):
    values = np.array(values, float)
    ours, our_prominences = find_peaks(values, height=height, prominence=prominence)
    theirs, properties = signal.find_peaks(values, height=height, prominence=prominence)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(our_prominences, properties["prominences"])


@settings(max_examples=300)
@given(st.lists(st.integers(0, 6), max_size=50), st.integers(0, 4), st.integers(0, 4))
def test_small_signals_with_plateaus(values, height, prominence):
    same(values, height, prominence)


def test_a_long_signal():
    walk = np.cumsum(np.random.default_rng(0).normal(size=36_000))
    same(walk, np.median(walk), 1.0)
    same(np.sin(np.arange(36_000) / 50), 0.5, 1.5)
