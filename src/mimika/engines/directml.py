"""Any GPU under Windows through ONNX Runtime's DirectML provider (onnxruntime-directml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.extras import pip_command
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, session_options

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = "DmlExecutionProvider"


def installed() -> bool:
    """Whether the provider is there."""
    import onnxruntime as ort

    return PROVIDER in ort.get_available_providers()


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return (
        f"run `{pip_command()} uninstall onnxruntime` and then "
        f"`{pip_command()} install onnxruntime-directml` under Windows"
    )


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    import onnxruntime as ort

    return str(ort.__version__)


def open_network(path: Path, threads: int) -> OnnxRuntimeSession:
    """Open a network; see `mimika.engines.Engine`."""
    options = session_options(threads)
    # ONNX Runtime's documentation of DirectML: no memory patterns, and one run at a time.
    options.enable_mem_pattern = False
    return OnnxRuntimeSession("directml", path, options, provider=PROVIDER, one_at_a_time=True)
