"""`mimika engines`: what can be given to --engine here, and what the others lack."""

from __future__ import annotations

from mimika.apps.cli._options import JsonFile, Model, Overwrite, Quiet, Threads


def engines(
    *,
    model: Model = "default",
    threads: Threads = 0,
    json: JsonFile = None,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """List the engines: which run on this machine, how fast, and what the others need.

    Every engine that is installed runs the model on eight faces; its answers are compared with the
    processor's, and one face is timed.

    Examples:
        mimika engines
        mimika engines --model my-model.onnx
    """
    from rich.table import Table

    from mimika.apps.cli._json import write_json
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, out, shown
    from mimika.engines import open_session
    from mimika.engines.agreement import compare
    from mimika.engines.onnxruntime_cpu import CpuSession
    from mimika.engines.refusal import EngineRefusal
    from mimika.engines.registry import MODULES, open_named
    from mimika.models.find import model_path

    be_quiet(quiet)
    path = model_path(model)
    claim([json], inputs=[path], overwrite=overwrite)
    cpu = CpuSession(path, threads)
    table = Table("engine", title=shown(f"Engines for {path.name}"))
    table.add_column("one face", justify="right")
    table.add_column("answers against cpu")
    found: dict[str, dict[str, object]] = {}
    for name in MODULES:
        try:
            verdict = compare(open_named(name, path, threads), cpu, cpu.input_types)
        except EngineRefusal as error:
            found[name] = {"runs": False, "why": str(error)}
            continue
        same = "the same" if verdict.agrees else f"{verdict.difference:.0%} off"
        table.add_row(name, f"{verdict.ms:.2f} ms", same)
        found[name] = {"runs": True, "ms": verdict.ms, "agrees": verdict.agrees}
    chosen = open_session(path, engine="auto", threads=threads).engine
    if json:
        write_json(json, {"engines": found, "auto": chosen})
        return
    out.print(table)
    for name, figures in found.items():
        if not figures["runs"]:
            out.print(f"{name}: {figures['why']}", soft_wrap=not out.is_terminal)
    out.print(f"--engine auto takes {chosen}.")
