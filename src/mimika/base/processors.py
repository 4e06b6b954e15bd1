"""How many processors there are, and of which kind."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from itertools import islice
from pathlib import Path


def processors() -> int:
    """How many processors this process may use, in a container or under `taskset`."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@lru_cache(maxsize=1)
def processor_name() -> str:
    """Name the processor and what it can do, for keys of caches that several machines may share."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            lines = (line for line in file if line.startswith(("model name", "flags", "Features")))
            return "".join(islice(lines, 2))
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
