"""NVIDIA RTX GPUs through TensorRT-RTX, a plug-in provider of ONNX Runtime.

The package is onnxruntime-ep-nv-tensorrt-rtx-cu13. The engine is built in seconds and kept as an
ONNX file with the compiled parts inside (ONNX Runtime's "EP context"), see `cache.py`.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mimika.base.extras import install_command, installed_version
from mimika.engines.cache import built, key_of
from mimika.engines.nvidia import Gpu, first_gpu
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, require_file, session_options
from mimika.engines.plugins import plugin_devices
from mimika.engines.refusal import EngineRefusal
from mimika.engines.shapes import profiles

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = "onnxruntime_ep_nv_tensorrt_rtx"
PACKAGES = ("onnxruntime-ep-nv-tensorrt-rtx-cu13", "onnxruntime-ep-nv-tensorrt-rtx")
COMPILED = "compiled.onnx"


def installed() -> bool:
    """Whether the plug-in is there."""
    return find_spec(PLUGIN) is not None and find_spec("filelock") is not None


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return f"run `{install_command('tensorrt-rtx')}` on a machine with an NVIDIA RTX GPU"


def version() -> str:
    """Return the versions of what computes, for keys of caches."""
    import onnxruntime as ort

    return f"{ort.__version__} {_plugin_version()} {first_gpu()}"


def supports(capability: tuple[int, int]) -> bool:
    """Whether TensorRT-RTX 1.7 runs on GPUs of a compute capability."""
    return capability in ((8, 0), (8, 6), (8, 9)) or capability >= (12, 0)


def open_network(path: Path, threads: int) -> OnnxRuntimeSession:
    """Open a network; see `mimika.engines.Engine`."""
    require_file(path)
    gpu = first_gpu()
    if gpu is None:
        raise EngineRefusal(
            "tensorrt-rtx",
            "finds no NVIDIA GPU with its driver",
            "install the driver, or use --engine cpu",
        )
    if not supports(gpu.capability):
        raise _refusal(gpu)
    devices = plugin_devices("tensorrt-rtx", importlib.import_module(PLUGIN))[:1]
    original = CpuSession(path, threads, only_read=True)
    ranges = profiles(original.inputs)

    def open_file(file: Path, compile_to: Path | None = None) -> OnnxRuntimeSession:
        options = session_options(threads)
        if compile_to is not None:
            options.add_session_config_entry("ep.context_enable", "1")
            options.add_session_config_entry("ep.context_embed_mode", "1")
            options.add_session_config_entry("ep.context_file_path", str(compile_to))
        names = ("nv_profile_min_shapes", "nv_profile_opt_shapes", "nv_profile_max_shapes")
        chosen = dict(zip(names, ranges, strict=True)) if ranges is not None else {}
        options.add_provider_for_devices(devices, chosen)
        return OnnxRuntimeSession(
            "tensorrt-rtx", file, options, provider=devices[0].ep_name, with_devices=True
        )

    def build(folder: Path) -> None:
        open_file(path, folder / COMPILED)

    folder = built(
        f"tensorrt-rtx-{key_of(path, version(), ranges)}",
        build,
        f"Building the TensorRT-RTX engine of {path.name} for {gpu.name}: seconds, once.",
    )
    session = open_file(folder / COMPILED)
    # The compiled file need not carry what the original says of itself.
    session.inputs, session.outputs = original.inputs, original.outputs
    session.metadata = original.metadata
    return session


def _refusal(gpu: Gpu) -> EngineRefusal:
    return EngineRefusal(
        "tensorrt-rtx",
        f"does not run on {gpu.name} (compute capability {gpu.capability[0]}.{gpu.capability[1]}; "
        "it takes 8.0, 8.6, 8.9 and 12.0 or newer)",
        "use --engine cuda",
    )


def _plugin_version() -> str | None:
    return next(filter(None, map(installed_version, PACKAGES)), None)
