"""Tests of what a face looks like."""

import os
import subprocess
import sys

import numpy as np
import pytest

from mimika.tracking.appearance import mean_difference

# Interrupted a thousand times, each time somewhere else.
STORM = """
import signal
import numpy as np
from mimika.tracking.appearance import mean_difference

def interrupt(*_):
    raise KeyboardInterrupt

a = np.zeros((16, 16, 3), np.uint8)
mean_difference(a, a)
interrupted = 0
signal.signal(signal.SIGALRM, interrupt)
while interrupted < 1000:
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-4)
        while True:
            mean_difference(a, a)
    except KeyboardInterrupt:
        interrupted += 1
print("whole")
"""


def test_the_mean_difference_is_that_of_all_values():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 256, (2, 7, 5, 3), np.uint8)
    assert mean_difference(a, b) == pytest.approx(np.abs(a.astype(int) - b).mean())


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX here")
def test_an_interruption_never_crashes_a_comparison():
    run = subprocess.run(
        [sys.executable, "-c", STORM], capture_output=True, text=True, timeout=300, check=False
    )
    assert (run.returncode, run.stdout) == (0, "whole\n"), run.stderr
