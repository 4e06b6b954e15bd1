"""Runs what is asked for and shows it: tables, JSON, a picture, and whether the budget holds."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mimika.apps.cli._json import write_json
from mimika.apps.cli.console import notice, notice_once, out
from mimika.base.errors import MissingExtra
from mimika.base.files import replacing
from mimika.benchmark.machine import (
    NOISY_SPREAD,
    fixed_computation,
    noise,
    peak_memory_mb,
    this_machine,
)
from mimika.engines.onnxruntime_session import default_threads
from mimika.models.find import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.pipeline.settings import Settings

LOST_FACES = 0.1


def run_and_report(
    what: str,
    settings: Settings,
    *,
    budget_ms: float | None,
    seconds: float,
    models: Sequence[Path],
    engines: Sequence[str],
    known: bool,
    json_file: Path | None,
    chart: Path | None,
) -> bool:
    """Measure, print, write; return whether every whole-pipeline median fits the budget.

    Raises:
        OutputError: a file cannot be written.
    """
    machine = this_machine()
    threads = settings.threads or f"chosen ({default_threads()})"
    out.print(f"{machine.in_words()}; threads {threads}")
    figures: dict[str, Any] = {
        "machine": machine.to_dict(),
        "threads": settings.threads or default_threads(),
    }
    fixed = [fixed_computation()]
    fits = True
    if what in ("pipeline", "all"):
        figures["pipeline"], fits = _pipeline(settings, seconds, budget_ms)
    if what in ("networks", "all"):
        figures["networks"] = _networks(settings, seconds, models, engines, known=known)
    if what in ("startup", "all"):
        figures["startup"] = _startup()
    fixed.append(fixed_computation())
    figures["fixed_computation"] = [asdict(each) for each in fixed]
    spread = figures["noise"] = max(noise(each) for each in fixed)
    if spread > NOISY_SPREAD:
        notice(
            f"The machine is busy or noisy (a fixed computation varied by {spread:.0%}): "
            "compare ratios within one run, not single figures."
        )
    if json_file:
        write_json(json_file, figures)
    if chart:
        from mimika.benchmark.bars import draw

        with replacing(chart) as part:
            draw(figures, part, budget_ms)
        notice(f"Wrote {chart}")
    return fits


def _pipeline(
    settings: Settings, seconds: float, budget_ms: float | None
) -> tuple[dict[str, Any], bool]:
    from mimika.benchmark.pipeline import STAGES, bench_pipeline
    from mimika.pipeline.recognizer import Recognizer

    recognizer = Recognizer(settings)
    table = Table(
        title=f"Pipeline, ms a frame: medians, mean and p95 of the total ({recognizer.engine})",
        box=SIMPLE_HEAD,
        padding=0,
    )
    table.add_column("scene", no_wrap=True)
    measured = list(bench_pipeline(recognizer, seconds=seconds))
    energy = any(figure.energy_mj is not None for figure in measured)
    more = [*(["mJ"] if energy else []), *(["budget"] if budget_ms else [])]
    for heading in (*STAGES, "mean", "p95", "cpu", "ratio", *more):
        table.add_column(heading, justify="right")
    rows, fits = [], True
    for figure in measured:
        total = figure.stages["total"]
        times_ms = [figure.stages[stage].median_ms for stage in STAGES]
        times_ms += [total.mean_ms, total.p95_ms, figure.processor_ms]
        cells: list[str | Text] = [*map(_ms, times_ms)]
        cells.append(f"{figure.ratio:.1f}" if figure.ratio < 100 else f"{figure.ratio:.0f}")
        if energy:
            cells.append("" if figure.energy_mj is None else f"{figure.energy_mj:.1f}")
        if budget_ms:
            held = total.median_ms <= budget_ms
            fits = fits and held
            cells.append("fits" if held else Text("over", style="red"))
        table.add_row(figure.scene, *cells)
        if abs(figure.found - figure.faces) > LOST_FACES * figure.faces:
            notice(f"{figure.scene}: {figure.found:.1f} faces were found on average.")
        rows.append(asdict(figure))
    out.print(table)
    words = (
        "cpu: mean processor time, of all threads; ratio: that as a multiple of a fixed "
        "computation's, by which machines compare"
    )
    out.print(f"{words}; mJ: of the whole machine's processors" if energy else words)
    memory = peak_memory_mb()
    if memory is not None:
        out.print(f"peak memory {memory:.0f} MB, the benchmark's own frames included")
    return {"engine": recognizer.engine, "scenes": rows, "peak_mb": memory}, fits


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _networks(
    settings: Settings,
    seconds: float,
    models: Sequence[Path],
    engines: Sequence[str],
    *,
    known: bool,
) -> list[dict[str, Any]]:
    from mimika.benchmark.networks import (
        Network,
        bench_networks,
        installed_engines,
        known_networks,
    )
    from mimika.models.find import model_path

    networks = [Network.of(name, path) for name, path in BUNDLED.items()]
    networks += [Network.of(path.name, model_path(str(path))) for path in models]
    rows = []
    table = Table(title="Networks, ms a batch and a face")
    for heading in ("network", "precision", "engine"):
        table.add_column(heading)
    for heading in ("batch", "median", "p95", "a face"):
        table.add_column(heading, justify="right")

    def pass_over(why: str) -> None:
        notice_once([f"Passed over: {why}"])

    with tempfile.TemporaryDirectory(prefix="mimika-bench-") as folder:
        if known:
            try:
                networks += known_networks(Path(folder), notice)
            except MissingExtra as error:
                notice(f"{error} They are left out.")
        for figure in bench_networks(
            networks,
            engines or installed_engines(),
            threads=settings.threads,
            seconds=seconds / 3,
            passed_over=None if engines else pass_over,
        ):
            table.add_row(
                figure.network,
                figure.precision,
                figure.engine,
                str(figure.batch),
                f"{figure.run.median_ms:.2f}",
                f"{figure.run.p95_ms:.2f}",
                f"{figure.face_ms:.2f}",
            )
            rows.append(asdict(figure))
    out.print(table)
    return rows


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
