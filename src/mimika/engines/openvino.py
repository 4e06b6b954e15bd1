"""Processors and Intel GPUs through OpenVINO itself (package openvino).

ONNX Runtime's OpenVINO plug-in (onnxruntime-ep-openvino 1.8.1) offers no device on processors that
are not Intel's; OpenVINO itself runs on them, and reads ONNX files without it.
"""

from __future__ import annotations

import re
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.extras import install_command, installed_version, pip_command
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.onnxruntime_session import default_threads, reason_of
from mimika.engines.refusal import EngineRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DEVICE = "CPU"


def installed() -> bool:
    """Whether the package is there."""
    return find_spec("openvino") is not None


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return f"run `{install_command('openvino')}`"


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    return str(installed_version("openvino"))


def forbid_telemetry() -> None:
    """Keep OpenVINO from telling its makers that it was imported; it then takes a stub of its own.

    Left alone, `import openvino` writes `~/intel` and calls a host of Google's.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


class OpenVinoSession:
    """A network in OpenVINO. See `mimika.engines.session.Session`."""

    engine = "openvino"

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Load and compile a network.

        Args:
            path: an ONNX file.
            threads: threads within one run; 0 takes what suits the machine.

        Raises:
            EngineRefusal: OpenVINO cannot be loaded, or cannot run the network.
            ModelError: the file is missing or broken.
        """
        # Names, shapes and the card come from ONNX Runtime, which also knows a broken file.
        original = CpuSession(path, threads, only_read=True)
        forbid_telemetry()
        try:
            import openvino
        except (ImportError, OSError) as error:
            raise EngineRefusal(
                "openvino",
                f"is installed and cannot be loaded ({reason_of(error)})",
                f"run `{pip_command()} install --force-reinstall openvino`, or use --engine cpu",
            ) from error
        try:
            self._network: Any = openvino.Core().compile_model(
                path,
                DEVICE,
                {
                    "PERFORMANCE_HINT": "LATENCY",
                    "NUM_STREAMS": "1",
                    # Pinned threads of several sessions would all sit on the same processor.
                    "ENABLE_CPU_PINNING": False,
                    "INFERENCE_NUM_THREADS": threads or default_threads(),
                    # The default is bfloat16 on processors that have it: other answers.
                    "INFERENCE_PRECISION_HINT": "f32",
                },
            )
        except Exception as error:  # OpenVINO raises RuntimeError and kinds of its own
            raise EngineRefusal("openvino", f"cannot run {path} ({_reason(error)})") from error
        self.inputs = original.inputs
        self.outputs = original.outputs
        self.metadata = original.metadata
        self.notes: Sequence[str] = ()
        self._ports = {name: port for port in self._network.outputs for name in port.get_names()}
        self._request: Any = self._network.create_infer_request()
        self._turn = threading.Lock()

    def run(
        self, names: Sequence[str], feeds: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the network and return the named outputs, in that order."""
        shared = {name: np.ascontiguousarray(array) for name, array in feeds.items()}
        with self._turn:
            self._request.infer(shared, share_inputs=True)
            return [np.array(self._request.get_tensor(self._ports[name]).data) for name in names]


def open_network(path: Path, threads: int) -> OpenVinoSession:
    """Open a network; see `mimika.engines.Engine`."""
    return OpenVinoSession(path, threads)


def _reason(error: Exception) -> str:
    """What is wrong, without where in OpenVINO's source it was found."""
    if found := re.search(r"No conversion rule found for operations: (.+)", str(error)):
        return f"it does not know the layer {found[1].strip()}"
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [
        line for line in lines if line and not line.startswith(("Exception from", "Check '"))
    ]
    return reason_of(ValueError(" ".join(telling) or str(error)))
