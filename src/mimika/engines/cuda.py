"""NVIDIA GPUs through ONNX Runtime's CUDA provider (package onnxruntime-gpu)."""

from __future__ import annotations

import contextlib
import io
import threading
from typing import TYPE_CHECKING

from mimika.base.extras import pip_command
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, session_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROVIDER = "CUDAExecutionProvider"
_quiet = threading.Lock()


def installed() -> bool:
    """Whether the provider is there."""
    import onnxruntime as ort

    return PROVIDER in ort.get_available_providers()


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return (
        f"run `{pip_command()} uninstall onnxruntime` and then `{pip_command()} install "
        '"onnxruntime-gpu[cuda,cudnn]"` on a machine with an NVIDIA GPU'
    )


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    import onnxruntime as ort

    from mimika.engines.nvidia import first_gpu

    return f"{ort.__version__} {first_gpu()}"


def open_network(path: Path, threads: int) -> OnnxRuntimeSession:
    """Open a network; see `mimika.engines.Engine`."""
    import onnxruntime as ort

    with silent_loading():
        if hasattr(ort, "preload_dlls"):
            # Finds the libraries of NVIDIA's packages and of PyTorch; prints what it lacks.
            ort.preload_dlls()
        return OnnxRuntimeSession(
            "cuda",
            path,
            session_options(threads),
            provider=PROVIDER,
            # The default tries every algorithm anew for every number of faces.
            provider_options={"cudnn_conv_algo_search": "HEURISTIC"},
        )


@contextlib.contextmanager
def silent_loading() -> Iterator[None]:
    """Keep ONNX Runtime's reports of missing libraries off the terminal: errors say it."""
    import onnxruntime as ort

    with _quiet, contextlib.redirect_stdout(io.StringIO()):
        ort.set_default_logger_severity(4)
        try:
            yield
        finally:
            ort.set_default_logger_severity(2)
