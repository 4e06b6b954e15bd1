"""Which engines there are: one module each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

from mimika.base.errors import UsageError
from mimika.engines.refusal import EngineRefusal

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.engines.session import Session

MODULES = {
    "cpu": "onnxruntime_cpu",
    "openvino": "openvino",
    "cuda": "cuda",
    "tensorrt": "tensorrt",
    "tensorrt-rtx": "tensorrt_rtx",
    "coreml": "coreml",
    "directml": "directml",
}
AUTO_ORDER = ("tensorrt-rtx", "tensorrt", "cuda", "directml", "coreml", "openvino")
"""What `auto` tries before the CPU: accelerators first, the fastest of a kind before the others."""


class Engine(Protocol):
    """What an engine's module offers."""

    def installed(self) -> bool:
        """Whether its packages are there.

        A look, without loading anything heavy: the device itself may still be absent.
        """

    def how_to_install(self) -> str:
        """Return what the user has to do where they are not there, to follow a colon."""

    def version(self) -> str:
        """Return what the engine's answers depend on besides the model: versions, the device."""

    def open_network(self, path: Path, threads: int) -> Session:
        """Open an ONNX file.

        Raises:
            DeviceError: the device is absent, or cannot run the network.
            ModelError: the file is missing or broken.
        """


def find_engine(name: str) -> Engine:
    """Return an engine by its name.

    Raises:
        UsageError: there is no such engine.
    """
    if name not in MODULES:
        raise UsageError(f"There is no engine {name!r}: choose auto, {', '.join(MODULES)}.")
    module = importlib.import_module(f"mimika.engines.{MODULES[name]}")
    return cast("Engine", module)


def open_named(name: str, path: Path, threads: int) -> Session:
    """Open an ONNX file with the engine of this name, and no other.

    Raises:
        UsageError: there is no such engine.
        DeviceError: it is not installed, or cannot run this network here.
        ModelError: the file is missing or broken.
    """
    engine = find_engine(name)
    if not engine.installed():
        how = f"{engine.how_to_install()}, or use --engine cpu"
        raise EngineRefusal(name, "is not installed", how)
    return engine.open_network(path, threads)
