"""Apple's CPU, GPU and Neural Engine through ONNX Runtime's CoreML provider (macOS)."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from mimika.base.extras import pip_command
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, session_options

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = "CoreMLExecutionProvider"


def installed() -> bool:
    """Whether the provider is there."""
    import onnxruntime as ort

    return PROVIDER in ort.get_available_providers()


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return f"run `{pip_command()} install onnxruntime` on a Mac"


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    import onnxruntime as ort

    return f"{ort.__version__} {platform.mac_ver()[0]} {platform.machine()}"


def open_network(path: Path, threads: int) -> OnnxRuntimeSession:
    """Open a network; see `mimika.engines.Engine`."""
    return OnnxRuntimeSession(
        "coreml",
        path,
        session_options(threads),
        provider=PROVIDER,
        provider_options={"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"},
    )
