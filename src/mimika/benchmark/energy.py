"""Energy that the processor takes, where the system tells it (Intel's and AMD's RAPL, Linux)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/sys/class/powercap")


@dataclass(frozen=True, slots=True)
class _Counter:
    file: Path
    wraps_at: int

    def read(self) -> int:
        return int(self.file.read_text())


class EnergyMeter:
    """Counts from its making on what all processor packages of the machine take, in joules.

    That is the whole machine's: whatever else runs counts as well.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Begin.

        Args:
            folder: where Linux keeps the counters.
        """
        self._counters: list[_Counter] = []
        self._begun: list[int] = []
        for package in sorted(folder.glob("intel-rapl:*")):
            # "intel-rapl:0:1" is a part of "intel-rapl:0".
            if package.name.count(":") > 1:
                continue
            try:
                wraps_at = int((package / "max_energy_range_uj").read_text())
                counter = _Counter(package / "energy_uj", wraps_at)
                self._begun.append(counter.read())
            except (OSError, ValueError):
                # Most systems let only the administrator read it.
                continue
            self._counters.append(counter)

    def joules(self) -> float | None:
        """Joules since the beginning; None where the system does not tell."""
        try:
            now = [counter.read() for counter in self._counters]
        except (OSError, ValueError):
            return None
        taken = (
            (end - begin) % counter.wraps_at
            for begin, end, counter in zip(self._begun, now, self._counters, strict=True)
        )
        return sum(taken) / 1e6 if now else None
