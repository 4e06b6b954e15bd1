"""ONNX Runtime on the processor: the engine that is always there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.base.errors import ModelError
from mimika.base.extras import pip_command
from mimika.engines.onnxruntime_session import OnnxRuntimeSession, default_threads, session_options
from mimika.engines.optimized import LARGEST_BYTES, OptimizedForm

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
        form = None if only_read else _form_of(path)
        if form is None or not self._load_kept(path, threads, form):
            self._load(path, options, form)

    def _load_kept(self, path: Path, threads: int, form: OptimizedForm) -> bool:
        """Load the kept form of a network; return whether it is there and can be loaded."""
        import onnxruntime as ort

        model = form.read()
        if model is None:
            return False
        options = session_options(threads)
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            super().__init__("cpu", path, options, model=model)
        except ModelError:
            return False
        return True

    def _load(self, path: Path, options: Any, form: OptimizedForm | None) -> None:
        """Load a network and keep its optimized form, where that can be done."""
        if form is None or not form.make_room():
            super().__init__("cpu", path, options)
            return
        options.optimized_model_filepath = str(form.part)
        try:
            super().__init__("cpu", path, options)
            form.keep()
        except ModelError:
            # Perhaps only the form cannot be written.
            options.optimized_model_filepath = ""
            super().__init__("cpu", path, options)
        finally:
            form.give_up()


def _form_of(path: Path) -> OptimizedForm | None:
    """Where a model's optimized form is kept; None for those that are not kept."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return None
        return OptimizedForm(path.read_bytes(), version())
    except OSError:
        # What is wrong with the file is said where it is loaded.
        return None


def installed() -> bool:
    """Whether ONNX Runtime is there: always."""
    return True


def how_to_install() -> str:
    """Return what the user has to do where it is not installed."""
    return f"run `{pip_command()} install onnxruntime`"


def version() -> str:
    """Return the version of what computes, for keys of caches."""
    import onnxruntime as ort

    return str(ort.__version__)


def open_network(path: Path, threads: int) -> CpuSession:
    """Open a network; see `mimika.engines.Engine`."""
    return CpuSession(path, threads)
