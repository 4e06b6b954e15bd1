"""The command line in a process of its own."""

from __future__ import annotations

import os
import sys

MIMIKA = [sys.executable, "-m", "mimika"]


def environment():
    """No screen, whatever the tests run on; wide enough not to fold lines."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"}
