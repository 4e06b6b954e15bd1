"""Inter-subject correlation is the published one."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.audience.synchrony import synchrony


def by_definition(values, length):
    """Mean over viewers of the correlation with the mean of the others, in each window."""
    found = []
    for begin in range(values.shape[1] - length + 1):
        part = values[:, begin : begin + length].astype(float)
        found.append(
            np.mean(
                [
                    np.corrcoef(part[i], np.delete(part, i, 0).mean(0))[0, 1]
                    for i in range(len(part))
                ]
            )
        )
    return np.array(found)


def viewers(count=6, length=500, shared=1.0, seed=0):
    rng = np.random.default_rng(seed)
    common = np.convolve(rng.normal(size=length), np.ones(10) / 3, mode="same")
    return (shared * common + rng.normal(size=(count, length))).astype(np.float32)


def test_it_is_the_definition():
    values = viewers()
    ours = synchrony(values, 10.0)
    theirs = by_definition(values, 100)
    np.testing.assert_allclose(ours[50:450], theirs[:400], atol=1e-5)


def test_it_is_brainiak_s():
    isc = pytest.importorskip("brainiak.isc", reason="needs brainiak")
    values = viewers()
    ours = synchrony(values, 50.0)
    theirs = isc.isc(values.T[:, None, :]).mean()
    assert ours[250] == pytest.approx(theirs, abs=1e-5)


def test_those_who_share_a_film_are_alike_and_others_are_not():
    assert synchrony(viewers(shared=2.0)).mean() > 0.7
    assert abs(synchrony(viewers(shared=0.0, count=20)).mean()) < 0.1


def test_viewers_who_were_away_do_not_count():
    values = viewers(shared=2.0)
    whole = synchrony(values[:5], 10.0)
    values[5, 100:400] = np.nan
    np.testing.assert_allclose(synchrony(values, 10.0)[200:300], whole[200:300], atol=1e-5)


def test_too_few_or_still_viewers_have_none():
    assert np.isnan(synchrony(viewers(2))).all()
    assert np.isnan(synchrony(np.ones((5, 400), np.float32))).all()
    nobody = viewers(4)
    nobody[:, 100:] = np.nan
    assert np.isnan(synchrony(nobody, 10.0)[200:]).all()
