"""On what a figure was measured, and whether anything else was running meanwhile."""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.base.processors import processors
from mimika.base.timing import Measurement, measure

if TYPE_CHECKING:
    from collections.abc import Callable

NOISY_SPREAD = 0.25
PACKAGES = ("mimika", "numpy", "onnxruntime", "opencv-contrib-python-headless", "openvino", "torch")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a figure needs beside it.

    Attributes:
        processor: its name.
        cores: how many this process may use.
        vnni: whether the processor multiplies 8-bit integers by VNNI (or ARM's dot products);
            None where the system does not say.
        system: operating system and its version.
        python: version.
        packages: name to version of the packages that matter, those installed.
        day: ISO date.
    """

    processor: str
    cores: int
    vnni: bool | None
    system: str
    python: str
    packages: dict[str, str]
    day: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)

    def in_words(self) -> str:
        """One line for people."""
        vnni = {True: "with VNNI", False: "without VNNI", None: "VNNI unknown"}[self.vnni]
        return (
            f"{self.processor} {vnni}, {self.cores} core{'s' if self.cores > 1 else ''}, "
            f"{self.system}, Python {self.python}, {self.day}"
        )


def this_machine() -> Machine:
    """Describe the machine that this runs on."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return Machine(
        processor=_processor(),
        cores=processors(),
        vnni=_has_vnni(),
        system=platform.platform(terse=True),
        python=platform.python_version(),
        packages=packages,
        day=date.today().isoformat(),
    )


def fixed_computation(
    seconds: float = 0.4, clock: Callable[[], float] = time.perf_counter
) -> Measurement:
    """Time what is the same on every machine and in every version of Mimika: 64 small products.

    Two stacks of 64 float32 matrices of 64x64 are multiplied, 17 million multiply-adds on one
    thread: the kind of work that networks do. Times beside it compare machines, and how it varies
    tells how busy one is.

    Args:
        seconds: about how long to measure.
        clock: as for `mimika.base.timing.measure`.
    """
    import numpy as np  # not above: the start of the program is measured with this module

    matrices = np.linspace(-1, 1, 64 * 64 * 64, dtype=np.float32).reshape(64, 64, 64)
    return measure(lambda: matrices @ matrices, seconds=seconds, least_runs=50, clock=clock)


def noise(fixed: Measurement) -> float:
    """How unsteady the machine is: (p95 - min) / min of the fixed computation, 0 for none."""
    return (fixed.p95_ms - fixed.min_ms) / fixed.min_ms


def peak_memory_mb() -> float | None:
    """Largest resident size of this process so far in MB, None where the system does not say."""
    if sys.platform == "win32":
        return None
    status = Path("/proc/self/status")
    if status.is_file():
        # getrusage carries over the peak of the process that forked this one; this does not.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1e3 * 1.024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3 * 1.024  # bytes, else KiB


def _has_vnni() -> bool | None:
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return None
    flags = {
        flag
        for line in info.read_text(encoding="utf-8").splitlines()
        if line.startswith(("flags", "Features"))
        for flag in line.partition(":")[2].split()
    }
    return bool(flags & {"avx512_vnni", "avx_vnni", "asimddp"}) if flags else None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.partition(":")[2].strip()
            for line in info.read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
