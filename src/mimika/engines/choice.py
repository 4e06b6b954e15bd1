"""`auto`: the first installed engine that loads, agrees with the CPU and is not slower than it.

What the comparison showed is remembered in the cache folder, by the model's content, the engine's
version, the processor and the threads: the next start is quick, and makes the same choice.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from mimika.base.errors import DeviceError, OutputError
from mimika.base.processors import processor_name
from mimika.engines.agreement import Verdict, compare
from mimika.engines.cache import engine_folder, key_of
from mimika.engines.onnxruntime_cpu import CpuSession, default_threads, version as cpu_version
from mimika.engines.onnxruntime_session import require_file
from mimika.engines.refusal import EngineRefusal
from mimika.engines.registry import AUTO_ORDER, find_engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mimika.engines.registry import Engine
    from mimika.engines.session import Session


def choose(path: Path, threads: int, engines: Mapping[str, Engine] | None = None) -> Session:
    """Open an ONNX file with the engine that suits this machine.

    Args:
        path: the file.
        threads: processor threads within one run; 0 takes what suits the machine.
        engines: engines to try, in their order; the installed ones where None.

    Returns:
        The session; where installed engines were passed over, its notes say in one line which, and
        why.

    Raises:
        ModelError: the file is missing or broken.
    """
    if engines is None:
        engines = {name: find_engine(name) for name in AUTO_ORDER}
    engines = {name: engine for name, engine in engines.items() if engine.installed()}
    if not engines:
        return CpuSession(path, threads)
    require_file(path)
    passed: list[str] = []
    for name, engine in engines.items():
        why, session = _try(name, engine, path, threads)
        if session is not None:
            session.notes = _notes(path, name, passed)
            return session
        passed.append(f"{name}, {why}")
    cpu = CpuSession(path, threads)
    cpu.notes = _notes(path, "cpu", passed)
    return cpu


def _try(name: str, engine: Engine, path: Path, threads: int) -> tuple[str, Session | None]:
    """Return why an engine is passed over, or its session."""
    try:
        remembered = _memory(name, engine, path, threads)
        verdict = _recall(remembered)
        if verdict is not None and (why := _objection(verdict)):
            return why, None
        session = engine.open_network(path, threads)
        if verdict is None:
            cpu = CpuSession(path, threads)
            verdict = compare(session, cpu, cpu.input_types)
            _remember(remembered, verdict)
    except EngineRefusal as error:
        return f"which {error.why}", None
    except (DeviceError, OutputError) as error:
        return str(error).rstrip("."), None
    except OSError as error:  # the model cannot be read; the CPU says so better
        return f"which cannot read it ({error.strerror})", None
    why = _objection(verdict)
    return why, None if why else session


def _objection(verdict: Verdict) -> str:
    if verdict.difference == float("inf"):
        return "whose answers are no numbers, or of another shape"
    if not verdict.agrees:
        return (
            f"whose answers differ from the processor's by {verdict.difference:.0%} on the same "
            "faces"
        )
    if verdict.ms >= verdict.cpu_ms:
        return f"which takes {verdict.ms:.1f} ms where the processor takes {verdict.cpu_ms:.1f} ms"
    return ""


def _notes(path: Path, runs: str, passed: Sequence[str]) -> tuple[str, ...]:
    """One line where an installed engine was passed over: who installed it will want to know."""
    if not passed:
        return ()
    return (f"{path.name} runs on {runs}; passed over: {'; '.join(passed)}.",)


def _memory(name: str, engine: Engine, path: Path, threads: int) -> Path:
    key = key_of(
        path,
        name,
        engine.version(),
        cpu_version(),
        processor_name(),
        threads or default_threads(),
    )
    return engine_folder() / f"choice-{key}.json"


def _recall(file: Path) -> Verdict | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Verdict(
            bool(kept["agrees"]),
            float(kept["ms"]),
            float(kept["cpu_ms"]),
            float(kept["difference"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _remember(file: Path, verdict: Verdict) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(verdict)), encoding="utf-8")
        part.replace(file)
    except OSError:
        # Without a cache the comparison is made at every start.
        return
