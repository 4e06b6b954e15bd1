"""How long another process is waited for: by the processor time that it used, not by the clock.

On a machine that does other things as well a process may wait long for its processor, or for the
disk; that is not the doing of the picture that it decodes.
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
# A process that sleeps for so long waits for something that does not come.
IDLE_S = 30.0
# Nobody waits longer, whatever the process does.
LONGEST_S = 900.0
ASLEEP = b"S"
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
        self._began_s = self._awake_s = time.monotonic()
        self._before_s = self._used_s = cpu_time_s(pid)

    def wait(self, pipe: Connection) -> None:
        """Wait until there is something to receive, or the process has ended.

        Raises:
            TimeoutError: the process used its time, or waits for something itself.
        """
        while not pipe.poll(LOOK_S):
            if self._over():
                raise TimeoutError

    def _over(self) -> bool:
        now_s, used_s = time.monotonic(), cpu_time_s(self._pid)
        if used_s is None or self._before_s is None:
            return now_s - self._began_s > self._cpu_s * WALL_FACTOR
        if used_s != self._used_s:
            self._used_s, self._awake_s = used_s, now_s
        if now_s - self._awake_s > IDLE_S:
            if sleeps(self._pid):
                return True
            self._awake_s = now_s
        too_long = now_s - self._began_s > LONGEST_S
        return too_long or used_s - self._before_s > self._cpu_s * GRACE


def cpu_time_s(pid: int) -> float | None:
    """Seconds of a processor that a process has used; None where that cannot be read."""
    if sys.platform != "linux":
        return None
    words = _words(Path(f"/proc/{pid}"))
    if not words:  # it has ended
        return None
    user, system = words[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def sleeps(pid: int) -> bool:
    """Whether every thread of a process sleeps; one that waits for a processor or a disk does not.

    Linux only.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:  # it has ended
        return True
    states = [words[0] for words in map(_words, threads) if words]
    return all(state == ASLEEP for state in states)


def _words(folder: Path) -> list[bytes]:
    """What proc(5) says in `stat` from the third field on; the second may hold anything."""
    try:
        return (folder / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []
