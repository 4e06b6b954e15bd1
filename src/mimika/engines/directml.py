"""Any GPU under Windows through ONNX Runtime's DirectML provider (onnxruntime-directml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.engines.onnxruntime_session import OnnxRuntimeSession, session_options

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = "DmlExecutionProvider"


def missing() -> str:
    """Return what has to be installed; empty where the provider is there."""
    import onnxruntime as ort

    if PROVIDER in ort.get_available_providers():
        return ""
    return (
        "run `pip uninstall onnxruntime` and then `pip install onnxruntime-directml` under Windows"
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
