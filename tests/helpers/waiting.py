"""Waiting for a condition instead of for a time: right on however busy a machine."""

from __future__ import annotations

import time

LONGEST_S = 120.0
EVERY_S = 0.01


def wait_until(condition, longest_s=LONGEST_S):
    """Return what `condition()` gives as soon as it is true.

    Raises:
        AssertionError: it never was.
    """
    deadline = time.monotonic() + longest_s
    while not (met := condition()):
        assert time.monotonic() < deadline, f"waited for {longest_s:g} s in vain"
        time.sleep(EVERY_S)
    return met
