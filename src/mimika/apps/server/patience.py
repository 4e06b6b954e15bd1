"""How long another process is waited for: by the processor time that it used, not by the clock.

On a machine that does other things as well a process may wait long for its processor; that is not
the doing of the picture that it decodes.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LOOK_S = 0.05
# The process ends itself first; it reads its clock less often.
GRACE = 1.5
# A process that uses no processor for so long waits for something that does not come.
IDLE_S = 30.0
# Where a process' time cannot be read the clock counts, generously.
WALL_FACTOR = 10


class Patience:
    """Waits for one answer of a process."""

    def __init__(self, pid: int, cpu_s: float) -> None:
        """Begin.

        Args:
            pid: the process.
            cpu_s: seconds of a processor that it may use.
        """
        self._pid, self._cpu_s = pid, cpu_s
        self._began_s = self._busy_s = time.monotonic()
        self._before_s = self._used_s = cpu_time_s(pid)

    def wait(self, pipe: Connection) -> None:
        """Wait until there is something to receive, or the process has ended.

        Raises:
            TimeoutError: the process used its time.
        """
        while not pipe.poll(LOOK_S):
            if self._over():
                raise TimeoutError

    def _over(self) -> bool:
        now_s, used_s = time.monotonic(), cpu_time_s(self._pid)
        if used_s is None or self._before_s is None:
            return now_s - self._began_s > self._cpu_s * WALL_FACTOR
        if used_s != self._used_s:
            self._used_s, self._busy_s = used_s, now_s
        return used_s - self._before_s > self._cpu_s * GRACE or now_s - self._busy_s > IDLE_S


def cpu_time_s(pid: int) -> float | None:
    """Seconds of a processor that a process has used; None where that cannot be read."""
    if sys.platform != "linux":
        return None
    try:
        words = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # it has ended
        return None
    # proc(5): fields 14 and 15; the second one, in brackets, may hold anything.
    user, system = words.rpartition(b")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
