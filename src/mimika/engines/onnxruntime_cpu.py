"""ONNX Runtime on the processor: the engine that is always there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from mimika.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def default_threads() -> int:
    """Threads for one small network: all processors up to four; more only wait for each other."""
    return max(1, min(4, os.cpu_count() or 1))


class CpuSession:
    """A network in ONNX Runtime's CPU provider. See `mimika.engines.session.Session`."""

    engine = "cpu"

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Load a network.

        Args:
            path: an ONNX file.
            threads: threads within one run; 0 takes `default_threads()`.

        Raises:
            ModelError: the file is missing, is not ONNX, or uses what ONNX Runtime does not know.
        """
        import onnxruntime as ort

        if not path.is_file():
            raise ModelError(
                f"There is no model file {path}: check the name, or see `mimika models`."
            )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.inter_op_num_threads = 1
        # Idle threads that spin take the processor from the other networks and from OpenCV: on two
        # cores the pipeline took 1.4 to 1.9 times as long with spinning.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a dozen unrelated kinds
            reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else "no reason"
            raise ModelError(
                f"{path} is not a model that ONNX Runtime can load ({reason}): "
                "check that it is a complete .onnx file."
            ) from error
        self.inputs: Mapping[str, Sequence[Any]] = {
            i.name: i.shape for i in self._session.get_inputs()
        }
        self.outputs: Mapping[str, Sequence[Any]] = {
            o.name: o.shape for o in self._session.get_outputs()
        }
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        self.notes: Sequence[str] = ()

    def run(
        self, names: Sequence[str], feeds: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the network and return the named outputs, in that order."""
        return self._session.run(list(names), dict(feeds))
