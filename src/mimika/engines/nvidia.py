"""The first NVIDIA GPU, as its driver describes it; no package is needed."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass

# Of cuda.h: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
MAJOR, MINOR = 75, 76


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU.

    Attributes:
        name: such as "NVIDIA GeForce RTX 4070".
        capability: compute capability, such as (8, 9).
        driver: the newest CUDA that the driver runs, such as 13000 for 13.0.
    """

    name: str
    capability: tuple[int, int]
    driver: int


def first_gpu() -> Gpu | None:
    """Ask the driver; None where there is no driver or no GPU."""
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        cuda = ctypes.CDLL(library)
    except OSError:
        return None
    device, name = ctypes.c_int(), ctypes.create_string_buffer(256)
    major, minor, driver = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    failed = (
        cuda.cuInit(0)
        or cuda.cuDeviceGet(ctypes.byref(device), 0)
        or cuda.cuDeviceGetName(name, len(name), device)
        or cuda.cuDeviceGetAttribute(ctypes.byref(major), MAJOR, device)
        or cuda.cuDeviceGetAttribute(ctypes.byref(minor), MINOR, device)
        or cuda.cuDriverGetVersion(ctypes.byref(driver))
    )
    if failed:
        return None
    return Gpu(name.value.decode(errors="replace"), (major.value, minor.value), driver.value)
