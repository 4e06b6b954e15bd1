"""The browser's recognizer keeps its memory while it watches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_stays_flat_for_a_minute():
    node = shutil.which("node")
    built = (WEB / "dist" / "mimika.js").is_file() and (WEB / "node_modules").is_dir()
    if node is None or not built or not CHROMIUM.is_file():
        pytest.skip("needs Node, Chromium and the recognizer: npm ci && npm run build in web/")
    soak = subprocess.run(  # noqa: PLW1510 - its exit code is what is tested
        [node, "bench/soak.mjs", "1"], cwd=WEB, capture_output=True, text=True, timeout=180
    )
    assert soak.returncode == 0, soak.stdout + soak.stderr
