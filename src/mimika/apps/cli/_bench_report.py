"""Runs what is asked for and shows it: tables, JSON, a picture, and whether the budget holds."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from mimika.apps.cli.console import notice, out
from mimika.benchmark.machine import NOISY_SPREAD, noise, peak_memory_mb, this_machine
from mimika.classification.find import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.settings import Settings


def run_and_report(
    what: str,
    settings: Settings,
    *,
    budget_ms: float | None,
    seconds: float,
    models: Sequence[Path],
    engines: Sequence[str],
    json_file: Path | None,
    picture: Path | None,
) -> bool:
    """Measure, print, write; return whether every whole-pipeline median fits the budget.

    Raises:
        OutputError: a file cannot be written; said before anything is measured.
    """
    from mimika.media.atomic import check_writable, replacing

    for path in (json_file, picture):
        if path is not None:
            check_writable(path)
    machine = this_machine()
    out.print(
        f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python}, "
        f"threads {settings.threads or 'auto'}, {machine.day}",
        soft_wrap=True,
    )
    figures: dict[str, Any] = {"machine": machine.to_dict(), "threads": settings.threads}
    spread = [noise()]
    fits = True
    if what in ("pipeline", "all"):
        figures["pipeline"], fits = _pipeline(settings, seconds, budget_ms)
    if what in ("networks", "all"):
        figures["networks"] = _networks(settings, seconds, models, engines)
    if what in ("startup", "all"):
        figures["startup"] = _startup()
    spread.append(noise())
    figures["noise"] = max(spread)
    if max(spread) > NOISY_SPREAD:
        notice(
            f"The machine is busy or noisy (a fixed computation varied by {max(spread):.0%}): "
            "compare ratios within one run, not single figures."
        )
    if json_file:
        with replacing(json_file) as part:
            part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        notice(f"Wrote {json_file}")
    if picture:
        from mimika.benchmark.picture import draw

        with replacing(picture) as part:
            draw(figures, part, budget_ms)
        notice(f"Wrote {picture}")
    return fits


def _pipeline(
    settings: Settings, seconds: float, budget_ms: float | None
) -> tuple[dict[str, Any], bool]:
    from mimika.benchmark.pipeline import STAGES, bench_pipeline
    from mimika.recognizer import Recognizer

    recognizer = Recognizer(settings)
    table = Table(title=f"Pipeline, median ms a frame ({recognizer.engine})")
    table.add_column("scene")
    for heading in ("found", *STAGES, "p95", *(["budget"] if budget_ms else [])):
        table.add_column(heading, justify="right")
    rows, fits = [], True
    for figure in bench_pipeline(recognizer, seconds=seconds):
        total = figure.stages["total"]
        cells = [f"{figure.stages[stage].median_ms:.2f}" for stage in STAGES]
        if budget_ms:
            held = total.median_ms <= budget_ms
            fits = fits and held
            cells.append(f"{total.p95_ms:.2f}")
            cells.append("fits" if held else "[red]over[/]")
        else:
            cells.append(f"{total.p95_ms:.2f}")
        table.add_row(figure.scene, f"{figure.found:.1f}", *cells)
        rows.append(asdict(figure))
    out.print(table)
    memory = peak_memory_mb()
    if memory is not None:
        out.print(f"peak memory {memory:.0f} MB, the benchmark's own frames included")
    return {"engine": recognizer.engine, "scenes": rows, "peak_mb": memory}, fits


def _networks(
    settings: Settings, seconds: float, models: Sequence[Path], engines: Sequence[str]
) -> list[dict[str, Any]]:
    from mimika.benchmark.networks import bench_networks
    from mimika.classification.find import model_path

    rows = []
    table = Table(title="Networks")
    table.add_column("network")
    table.add_column("engine")
    for heading in ("batch", "median ms", "p95 ms", "ms a face"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory(prefix="mimika-bench-") as folder:
        files = {f"Mimika's {name}": path for name, path in BUNDLED.items()}
        files |= {path.name: model_path(str(path)) for path in models}
        files |= _known_networks(Path(folder))
        for figure in bench_networks(files, engines, threads=settings.threads, seconds=seconds / 3):
            table.add_row(
                figure.network,
                figure.engine,
                str(figure.batch),
                f"{figure.run.median_ms:.2f}",
                f"{figure.run.p95_ms:.2f}",
                f"{figure.face_ms:.2f}",
            )
            rows.append(asdict(figure))
    out.print(table)
    return rows


def _known_networks(folder: Path) -> dict[str, Path]:
    try:
        from mimika.training.bench_models import write_models
    except ImportError:
        notice("VGG19, ResNet50 and the rest are left out: they need the train extra.")
        return {}
    return write_models(folder)


def _startup() -> dict[str, dict[str, float | None]]:
    from mimika.benchmark.startup import bench_startup

    with tempfile.TemporaryDirectory(prefix="mimika-bench-") as folder:
        figures = bench_startup(Path(folder))
    table = Table(title="Start, whole processes")
    table.add_column("until")
    table.add_column("median s", justify="right")
    table.add_column("peak MB", justify="right")
    for name, figure in figures.items():
        peak = figure["peak_mb"]
        table.add_row(name, f"{figure['median_s']:.2f}", "" if peak is None else f"{peak:.0f}")
    out.print(table)
    return figures
