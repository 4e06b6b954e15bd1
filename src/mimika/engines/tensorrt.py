"""NVIDIA GPUs through TensorRT, in ONNX Runtime's TensorRT provider (package onnxruntime-gpu).

Engines are built for ranges of shapes (`shapes.py`), which takes minutes, and kept (`cache.py`).
Options as ONNX Runtime documents them for its TensorRT provider.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from mimika.base.extras import installed_version, pip_command
from mimika.engines.cache import built, key_of
from mimika.engines.cuda import silent_loading
from mimika.engines.nvidia import first_gpu
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, require_file, session_options
from mimika.engines.refusal import EngineRefusal
from mimika.engines.shapes import profiles

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = "TensorrtExecutionProvider"
PACKAGES = ("tensorrt_cu13_libs", "tensorrt_cu12_libs", "tensorrt_cu13", "tensorrt_cu12")


def installed() -> bool:
    """Whether the provider is there."""
    import onnxruntime as ort

    return PROVIDER in ort.get_available_providers() and find_spec("filelock") is not None


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return (
        f"run `{pip_command()} uninstall onnxruntime` and then `{pip_command()} install "
        '"onnxruntime-gpu[cuda,cudnn]" tensorrt filelock` on a machine with an NVIDIA GPU'
    )


def version() -> str:
    """Return the versions of what computes, for keys of caches."""
    import onnxruntime as ort

    versions = {name: installed_version(name) for name in PACKAGES}
    found = [f"{name} {version}" for name, version in versions.items() if version]
    return f"{ort.__version__} {found} {first_gpu()}"


def open_network(path: Path, threads: int) -> OnnxRuntimeSession:
    """Open a network; see `mimika.engines.Engine`."""
    require_file(path)
    gpu = first_gpu()
    if gpu is None:
        raise EngineRefusal(
            "tensorrt",
            "finds no NVIDIA GPU with its driver",
            "install the driver, or use --engine cpu",
        )
    ranges = profiles(CpuSession(path, threads, only_read=True).inputs)
    _load_libraries()

    def open_in(folder: Path) -> OnnxRuntimeSession:
        options = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(folder)}
        if ranges is not None:
            names = ("trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_profile_max_shapes")
            options |= dict(zip(names, ranges, strict=True))
        with silent_loading():
            return OnnxRuntimeSession(
                "tensorrt",
                path,
                session_options(threads),
                provider=PROVIDER,
                provider_options=options,
            )

    folder = built(
        f"tensorrt-{key_of(path, version(), ranges)}",
        lambda part: _drop(open_in(part)),
        f"Building the TensorRT engine of {path.name} for {gpu.name}: this takes minutes, once.",
    )
    return open_in(folder)


def _drop(_session: OnnxRuntimeSession) -> None:
    """Building is opening; what counts are the files."""


def _load_libraries() -> None:
    """Load TensorRT's libraries from its Python package, where ONNX Runtime finds them."""
    if find_spec("tensorrt") is not None:
        import importlib

        try:
            importlib.import_module("tensorrt")
        except (ImportError, OSError, RuntimeError) as error:
            raise EngineRefusal(
                "tensorrt",
                f"is installed and its package cannot be loaded ({error})",
                f"run `{pip_command()} install --force-reinstall tensorrt`, or use --engine cuda",
            ) from error
