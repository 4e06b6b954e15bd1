"""ONNX Runtime on the processor: the engine that is always there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.engines.onnxruntime_session import OnnxRuntimeSession, default_threads, session_options

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CpuSession", "default_threads"]


class CpuSession(OnnxRuntimeSession):
    """A network in ONNX Runtime's CPU provider. See `mimika.engines.session.Session`."""

    def __init__(self, path: Path, threads: int = 0, *, only_read: bool = False) -> None:
        """Load a network.

        Args:
            path: an ONNX file.
            threads: threads within one run; 0 takes `default_threads()`.
            only_read: load quickly, to read inputs, outputs and metadata; running is slow.

        Raises:
            ModelError: the file is missing, is not ONNX, or uses what ONNX Runtime does not know.
        """
        import onnxruntime as ort

        options = session_options(threads)
        if only_read:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        super().__init__("cpu", path, options)


def installed() -> bool:
    """Whether ONNX Runtime is there: always."""
    return True


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return "run `pip install onnxruntime`"


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    import onnxruntime as ort

    return str(ort.__version__)


def open_network(path: Path, threads: int) -> CpuSession:
    """Open a network; see `mimika.engines.Engine`."""
    return CpuSession(path, threads)
