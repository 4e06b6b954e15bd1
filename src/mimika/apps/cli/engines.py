"""`mimika engines`: what can be given to --engine here, and what the others lack."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def engines(*, model: Annotated[str, Parameter(negative="")] = "default", threads: int = 0) -> None:
    """List the engines: which run on this machine, how fast, and what the others need.

    Every engine that is installed runs the model on eight faces; its answers are compared with the
    processor's, and one face is timed.

    Args:
        model: A name from `mimika models`, a model file, or the folder of a training run.
        threads: Processor threads; 0 takes what suits the machine.

    Examples:
        mimika engines
        mimika engines --model my-model.onnx
    """
    from rich.markup import escape
    from rich.table import Table

    from mimika.apps.cli.console import out
    from mimika.engines import open_session
    from mimika.engines.agreement import compare
    from mimika.engines.onnxruntime_cpu import CpuSession
    from mimika.engines.refusal import EngineRefusal
    from mimika.engines.registry import MODULES, open_named
    from mimika.models.find import model_path

    path = model_path(model)
    cpu = CpuSession(path, threads)
    table = Table(title=f"Engines for {path.name}")
    for heading in ("engine", "one face", "answers", ""):
        table.add_column(heading, justify="right" if heading == "one face" else "left")
    for name in MODULES:
        try:
            verdict = compare(open_named(name, path, threads), cpu, cpu.input_types)
        except EngineRefusal as error:
            table.add_row(name, "", "", escape(str(error)))
            continue
        same = "as the processor's" if verdict.agrees else f"{verdict.difference:.0%} off"
        table.add_row(name, f"{verdict.ms:.2f} ms", same, "")
    out.print(table)
    chosen = open_session(path, engine="auto", threads=threads)
    out.print(f"--engine auto takes {chosen.engine}.")
