"""From the outputs of YuNet to boxes: of the bundled network, and of published ones."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.detection.yunet_boxes import STRIDES, decode, merged

ROWS, COLUMNS = 64, 96


@pytest.fixture
def outputs():
    chance = np.random.default_rng(0)
    cells = [(ROWS // stride) * (COLUMNS // stride) for stride in STRIDES]
    return [chance.normal(-1, 1.5, (1, n, 6)).astype(np.float32) for n in cells]


def as_published(outputs):
    """Nine outputs, kind by kind, the first two kinds as probabilities."""
    logits = [each[:, :, kind : kind + 1] for kind in (0, 1) for each in outputs]
    return [1 / (1 + np.exp(-each)) for each in logits] + [each[:, :, 2:] for each in outputs]


def test_a_published_network_gives_the_same_boxes(outputs):
    boxes, scores = decode(outputs, ROWS, COLUMNS)
    others, other_scores = decode(merged(as_published(outputs)), ROWS, COLUMNS)
    assert len(scores) > 3
    assert others == pytest.approx(boxes, abs=1e-3)
    assert other_scores == pytest.approx(scores, abs=1e-5)


def test_certainties_are_scores_of_one_and_none(outputs):
    published = as_published(outputs)
    for each in published[:6]:
        each[:] = 0.0
    published[0][0, 9] = published[3][0, 9] = 1.0
    boxes, scores = decode(merged(published), ROWS, COLUMNS)
    assert scores.tolist() == [1.0]
    x, y = boxes[0, :2] + boxes[0, 2:] / 2 - outputs[0][0, 9, 2:4] * 8
    # The tenth cell of eight pixels, in a row of twelve.
    assert (x, y) == pytest.approx((72, 0), abs=1e-3)


def test_nothing_is_no_boxes(outputs):
    for each in outputs:
        each[:, :, 0] = -9
    boxes, scores = decode(outputs, ROWS, COLUMNS)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)
