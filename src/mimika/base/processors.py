"""How many processors there are."""

from __future__ import annotations

import os


def processors() -> int:
    """How many processors this process may use, in a container or under `taskset`."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
