"""A network in ONNX Runtime, whatever provider computes it."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from mimika.base.errors import ModelError, memory_is_full
from mimika.base.processors import processors
from mimika.base.stand_ins import stand_in
from mimika.engines.refusal import EngineRefusal
from mimika.engines.shared_memory import is_shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

CPU_PROVIDER = "CPUExecutionProvider"
NO_THREAD = "PosixThread::PosixThread"
"""What ONNX Runtime calls it where the system starts no thread, for want of memory."""
REASON_LENGTH = 200
SPIN_US = "50"


def default_threads() -> int:
    """Threads for one small network: all processors up to four; more only wait for each other."""
    return min(4, processors())


def session_options(threads: int = 0, *, exact: bool = True) -> Any:
    """Return ONNX Runtime's `SessionOptions` as all engines use them.

    Args:
        threads: threads within one run; 0 takes `default_threads()`.
        exact: products of int8 do not saturate, on any processor.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or default_threads()
    options.inter_op_num_threads = 1
    # Memory laid out ahead for each shape of input is no faster here, and is kept for every shape:
    # still pictures are looked at in three sizes.
    options.enable_mem_pattern = False
    # A sleeping thread wakes in about the time of one layer, so a pause between two layers is spun
    # through: 2.0 instead of 2.6 ms for one face on two threads. Threads that spin for longer take
    # the processor from the other networks and from OpenCV: the pipeline took 1.4 to 1.9 times as
    # long. ONNX Runtime before 1.26 knows no limit, and does not spin at all.
    if _release(ort.__version__) >= (1, 26):
        options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_US)
    else:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without VNNI the instruction for U8S8 products saturates: the default model then lost half a
    # point, and single probabilities moved by 0.8 (docs/engines.md). This lets ONNX Runtime use
    # exact products where the weights could saturate; with VNNI it changes nothing.
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    if is_shared():
        options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 4
    return options


def _release(version: str) -> tuple[int, ...]:
    """Return the major and minor number of a version such as "1.26.0"."""
    return tuple(int(part) for part in version.split(".")[:2])


def require_file(path: Path) -> None:
    """Make sure that there is a file.

    Raises:
        ModelError: there is none.
    """
    if not path.is_file():
        raise ModelError(f"There is no model file {path}: check the name, or see `mimika models`.")


def reason_of(error: BaseException) -> str:
    """Return the first line of a library's message, short enough for a sentence."""
    lines = str(error).strip().splitlines()
    return lines[0][:REASON_LENGTH].rstrip(" .:") if lines else "no reason given"


class OnnxRuntimeSession:
    """A network in one of ONNX Runtime's providers. See `mimika.engines.session.Session`."""

    def __init__(
        self,
        engine: str,
        path: Path,
        options: Any,
        *,
        provider: str = CPU_PROVIDER,
        provider_options: Mapping[str, str] | None = None,
        with_devices: bool = False,
        one_at_a_time: bool = False,
        model: bytes | None = None,
    ) -> None:
        """Load a network.

        Args:
            engine: Mimika's name of the engine.
            path: an ONNX file.
            options: ONNX Runtime's session options.
            provider: ONNX Runtime's name of the provider.
            provider_options: options of the provider.
            with_devices: the provider is a plug-in that is in `options` already.
            one_at_a_time: the provider does not bear runs from several threads.
            model: the network itself, where it is not to be read from the file.

        Raises:
            DeviceError: the provider cannot start, or takes no layer of the network.
            ModelError: the file is missing, is not ONNX, or uses what ONNX Runtime does not know.
        """
        import onnxruntime as ort

        require_file(path)
        on_cpu = provider == CPU_PROVIDER
        if not on_cpu:
            options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        providers: dict[str, Any] = {}
        if not with_devices:
            chosen: list[Any] = [] if on_cpu else [(provider, dict(provider_options or {}))]
            providers = {"providers": [*chosen, CPU_PROVIDER]}
        try:
            # Otherwise ONNX Runtime would retry on the CPU, and print that it does.
            self._session = ort.InferenceSession(
                model or path, options, enable_fallback=0, **providers
            )
        except Exception as error:  # ONNX Runtime raises a dozen unrelated kinds
            if NO_THREAD in str(error) or memory_is_full():
                raise MemoryError from error
            if on_cpu:
                if known := _no_model(path):
                    raise ModelError(f"{path} {known}") from error
                raise ModelError(
                    f"{path} is not a model that ONNX Runtime can load ({reason_of(error)}): "
                    "check that it is a complete .onnx file."
                ) from error
            raise _cannot_load(engine, path, error) from error
        if not on_cpu:
            _check_provider(self._session, engine, provider, path)
        self.engine = engine
        try:
            inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
            self.inputs: Mapping[str, Sequence[Any]] = {i.name: i.shape for i in inputs}
            self.outputs: Mapping[str, Sequence[Any]] = {o.name: o.shape for o in outputs}
            self.input_types: Mapping[str, str] = {i.name: i.type for i in inputs}
            self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        except UnicodeDecodeError as error:
            raise ModelError(
                f"{path} is damaged: its names or its metadata are no text."
            ) from error
        self.notes: Sequence[str] = ()
        self._path = path
        self._turn: AbstractContextManager[Any] = (
            threading.Lock() if one_at_a_time else nullcontext()
        )

    def run(
        self, names: Sequence[str], feeds: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the network and return the named outputs, in that order.

        Raises:
            DeviceError: an accelerator ran out of memory or broke down.
        """
        if self.engine == "cpu":
            return self._session.run(list(names), dict(feeds))
        try:
            with self._turn:
                return self._session.run(list(names), dict(feeds))
        except Exception as error:  # likewise a dozen kinds
            raise _broke_down(self.engine, self._path, error) from error


def _no_model(path: Path) -> str:
    """Say what lies in the place of a model; "" where that is not known."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return ""
    return stand_in(head) if head else "is empty: it has no bytes."


def _check_provider(session: Any, engine: str, provider: str, path: Path) -> None:
    """Refuse a session that ONNX Runtime silently put on the CPU."""
    if provider not in session.get_providers():
        raise EngineRefusal(
            engine,
            "is installed and cannot start, as its device, driver or libraries are missing",
            "see docs/engines.md, or use --engine cpu",
        )
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return  # ONNX Runtime before 1.24
    assigned = session.get_provider_graph_assignment_info()
    if assigned and all(part.ep_name != provider for part in assigned):
        node = next(node for part in assigned for node in part.get_nodes())
        raise EngineRefusal(
            engine,
            f"takes no layer of {path}, beginning with {node.name or 'the first'} ({node.op_type})",
        )


def _cannot_load(engine: str, path: Path, error: Exception) -> EngineRefusal:
    if _is_memory(error):
        return _no_memory(engine, path)
    return EngineRefusal(engine, f"cannot load {path} ({reason_of(error)})")


def _broke_down(engine: str, path: Path, error: Exception) -> EngineRefusal:
    if _is_memory(error):
        return _no_memory(engine, path)
    return EngineRefusal(engine, f"failed while running {path} ({reason_of(error)})")


def _no_memory(engine: str, path: Path) -> EngineRefusal:
    return EngineRefusal(
        engine,
        f"has no memory left on its device for {path}",
        "close other programs that use the device, or use --engine cpu",
    )


def _is_memory(error: Exception) -> bool:
    message = str(error).lower()
    return any(
        word in message
        for word in ("out of memory", "failed to allocate memory", "cudaerrormemoryallocation")
    )
