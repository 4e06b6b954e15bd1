"""Lengths of time, as people write them."""

from __future__ import annotations

import pytest

from mimika.base.durations import seconds_of
from mimika.base.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        (" 90s ", 90),
        ("0.5", 0.5),
        ("250ms", 0.25),
        ("2m", 120),
        ("2min", 120),
        ("1h30m", 5400),
        ("1h 30min 5s", 5405),
        ("1M30S", 90),
        ("1:30", 90),
        ("1:02:03.5", 3723.5),
    ],
)
def test_times_are_read(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-5", "1:2:3:4", "5d", "1 2", "30 5s", "s"])
def test_what_is_no_time_is_one_sentence(text):
    with pytest.raises(UsageError, match="1:30, 250ms or 1h30m") as caught:
        seconds_of(text)
    assert "\n" not in str(caught.value)
