"""What runs a network: one file an engine, and the choice between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.engines.session import Session

__all__ = ["open_session"]


def open_session(path: Path, *, engine: str = "auto", threads: int = 0) -> Session:
    """Open an ONNX file with an engine.

    Args:
        path: the file.
        engine: "auto" or an engine's name.
        threads: processor threads within one run; 0 takes what suits the machine.

    Raises:
        ModelError: the file cannot be loaded.
        UsageError: there is no such engine.
    """
    if engine not in ("auto", "cpu"):
        raise UsageError(f"There is no engine {engine!r}: choose auto or cpu.")
    return CpuSession(path, threads)
