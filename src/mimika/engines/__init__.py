"""What runs a network: one file an engine, and the choice between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.engines.registry import open_named

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.engines.session import Session

__all__ = ["open_session"]


def open_session(path: Path, *, engine: str = "auto", threads: int = 0) -> Session:
    """Open an ONNX file with an engine.

    Args:
        path: the file.
        engine: "auto" or an engine's name; see `registry.MODULES`.
        threads: processor threads within one run; 0 takes what suits the machine.

    Raises:
        ModelError: the file cannot be loaded.
        UsageError: there is no such engine.
        DeviceError: the engine asked for is not installed, or cannot run this network here.
    """
    if engine == "auto":
        from mimika.engines.choice import choose

        return choose(path, threads)
    return open_named(engine, path, threads)
