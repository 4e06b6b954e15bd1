"""An hour of mixed traffic: what the server takes stays flat."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "soak.py"
MINUTES = os.environ.get("MIMIKA_SOAK_MINUTES", "60")


@pytest.mark.slow
@pytest.mark.timeout(2 * 3600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_mixed_traffic_leaves_nothing_behind():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--minutes", MINUTES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
