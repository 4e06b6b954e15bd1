"""ONNX Runtime's plug-in providers: libraries that are registered with it when they are used."""

from __future__ import annotations

import threading
from typing import Any

from mimika.base.extras import pip_command
from mimika.engines.onnxruntime_session import reason_of
from mimika.engines.refusal import EngineRefusal

_registered: dict[str, str] = {}
_registering = threading.Lock()


def plugin_devices(engine: str, plugin: Any) -> list[Any]:
    """Register a plug-in, once a process, and return the devices that it offers.

    Args:
        engine: Mimika's name of the engine.
        plugin: the plug-in's Python package, with `get_library_path` and `get_ep_name`.

    Returns:
        ONNX Runtime's `OrtEpDevice` objects; one or more.

    Raises:
        EngineRefusal: the library cannot be loaded, or offers no device.
    """
    import onnxruntime as ort

    if not hasattr(ort, "register_execution_provider_library"):
        raise EngineRefusal(
            engine,
            f"needs a newer ONNX Runtime than {ort.__version__}",
            f"run `{pip_command()} install --upgrade onnxruntime`",
        )
    provider = plugin.get_ep_name()
    with _registering:
        if engine not in _registered:
            try:
                ort.register_execution_provider_library(provider, plugin.get_library_path())
            except Exception as error:  # ONNX Runtime raises a dozen unrelated kinds
                why = reason_of(error).rsplit("with error: ", 1)[-1]
                raise EngineRefusal(
                    engine,
                    f"is installed and its library cannot be loaded ({why})",
                    "install or update the device's driver, or use --engine cpu",
                ) from error
            _registered[engine] = provider
    devices = [device for device in ort.get_ep_devices() if device.ep_name == provider]
    if not devices:
        raise EngineRefusal(
            engine,
            "finds no device that it can run on",
            "see docs/engines.md, or use --engine cpu",
        )
    return devices
