"""The bench measures real frames; its numbers are never judged here, only what they are of."""

from __future__ import annotations

import json
import time

import pytest

from mimika.apps.cli.console import out
from mimika.apps.cli.main import run
from mimika.base.timing import Measurement, measure
from mimika.benchmark.energy import EnergyMeter
from mimika.benchmark.pipeline import bench_pipeline
from mimika.benchmark.scenes import scenes
from mimika.benchmark.startup import bench_startup
from mimika.models.find import BUNDLED
from mimika.pipeline.recognizer import Recognizer


def test_scenes_have_the_sizes_and_the_faces_that_they_say():
    recognizer = Recognizer()
    faces = []
    for scene in scenes():
        assert all(f.shape == (scene.height, scene.width, 3) for f in scene.frames)
        stream = recognizer.fork()
        found = [len(stream(f, i / 24).faces) for i, f in enumerate(scene.frames[:14])]
        # Heads that touch are one more, larger face now and then.
        assert scene.faces <= found[-1] <= 1.05 * scene.faces
        faces.append(scene.faces)
    assert faces == [1, 1, 4, 1, 16, 50]


def test_the_pipelines_stages_add_up():
    figures = list(bench_pipeline(Recognizer(), seconds=0.1))
    assert len(figures) == 6
    for figure in figures:
        assert figure.found == pytest.approx(figure.faces, abs=0.3, rel=0.05)
        assert figure.processor_ms > 0
        assert figure.ratio > 0
        parts = sum(figure.stages[stage].mean_ms for stage in ("detect", "classify", "track"))
        assert parts == pytest.approx(figure.stages["total"].mean_ms, rel=0.01)


def test_medians_and_percentiles():
    assert Measurement.of([3.0, 1.0, 2.0]) == Measurement(2.0, 3.0, 2.0, 1.0, 3)
    assert Measurement.of(list(range(100))).p95_ms == 95
    calls = []
    assert measure(lambda: calls.append(1), seconds=0.0, least_runs=20).runs == 20
    assert len(calls) > 20


def test_time_of_processors_does_not_run_while_one_waits():
    waited = measure(lambda: time.sleep(0.02), seconds=0.0, clock=time.thread_time)
    assert waited.median_ms < 20


def test_starting_is_measured_in_new_processes(tmp_path):
    figures = bench_startup(tmp_path, runs=1)
    assert list(figures) == ["python", "import mimika", "load", "first result", "mimika image"]
    assert figures["import mimika"]["peak_mb"] < figures["first result"]["peak_mb"] < 400


@pytest.mark.parametrize(("budget", "code"), [("10000", 0), ("0.001", 1)])
def test_the_budget_sets_the_exit_code(tmp_path, budget, code, capsys):
    file, charts = tmp_path / "bench.json", tmp_path / "charts"
    words = ["bench", "--budget", budget, "--seconds", "0.05", "--json", str(file)]
    if code == 0:
        pytest.importorskip("matplotlib")
        words += ["--charts", str(charts)]
    assert run(words) == code
    printed = capsys.readouterr().out
    assert "1920x1080, 50 faces" in printed
    assert "…" not in printed, "a figure is cut"
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["machine"]["cores"] >= 1
    assert len(written["pipeline"]["scenes"]) == 6
    assert all(row["ratio"] > 0 for row in written["pipeline"]["scenes"])
    assert len(written["fixed_computation"]) == 2
    assert (charts / "bench.png").exists() == (code == 0)


def test_without_permission_it_says_so_before_it_measures(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(["bench", "--json", str(tmp_path / "file" / "bench.json")]) == 6
    assert "cannot be written" in capsys.readouterr().err


def test_networks_by_engine_and_batch(tmp_path, capsys):
    file = tmp_path / "bench.json"
    words = ["bench", "networks", "--no-known", "--engines", "cpu", "--seconds", "0.05"]
    assert run([*words, "--json", str(file)]) == 0
    rows = json.loads(file.read_text(encoding="utf-8"))["networks"]
    assert [(row["network"], row["engine"], row["batch"]) for row in rows] == [
        (name, "cpu", batch) for name in BUNDLED for batch in (1, 4, 16)
    ]
    assert {row["precision"] for row in rows} == {"int8"}
    assert all(row["run"]["runs"] >= 10 for row in rows)


def test_a_named_engine_that_cannot_run_is_an_error(capsys):
    words = ["bench", "networks", "--no-known", "--engines", "coreml", "--seconds", "0.05"]
    assert run(words) == 5
    assert "coreml" in capsys.readouterr().err


def test_an_engine_that_is_installed_and_has_no_device_is_said_once(monkeypatch, capsys):
    from mimika.benchmark import networks

    monkeypatch.setattr(networks, "installed_engines", lambda: ("cpu", "coreml"))
    assert run(["bench", "networks", "--no-known", "--seconds", "0.05"]) == 0
    assert capsys.readouterr().err.count("coreml") == 1


def test_without_the_train_extra_the_known_networks_are_left_out_and_said(monkeypatch, capsys):
    import sys

    monkeypatch.setitem(sys.modules, "mimika.training.bench_models", None)
    assert run(["bench", "networks", "--engines", "cpu", "--seconds", "0.05"]) == 0
    assert "Measuring VGG19" in (said := capsys.readouterr().err)
    assert "They are left out." in said


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_known_networks_in_both_precisions(tmp_path):
    from mimika.benchmark.networks import bench_networks, known_networks

    networks = known_networks(tmp_path, lambda _: None)
    assert {(n.name, n.precision) for n in networks} == {
        (name, precision)
        for name in ("custom_cnn", "mobilenet_v2", "resnet50", "vgg19")
        for precision in ("float32", "int8")
    }
    figures = list(bench_networks(networks, ["cpu"], threads=2, seconds=0.05, batches=(1,)))
    assert len(figures) == len(networks)


def test_energy_is_counted_where_the_system_tells_it(tmp_path):
    for package, used in (("intel-rapl:0", 900), ("intel-rapl:1", 100), ("intel-rapl:0:0", 7)):
        folder = tmp_path / package
        folder.mkdir()
        (folder / "energy_uj").write_text(f"{used}\n")
        (folder / "max_energy_range_uj").write_text("1000\n")
    meter = EnergyMeter(tmp_path)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("50")  # it began anew
    (tmp_path / "intel-rapl:1" / "energy_uj").write_text("350")
    assert meter.joules() == pytest.approx((150 + 250) / 1e6)
    (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert meter.joules() is None
    assert EnergyMeter(tmp_path / "none").joules() is None


@pytest.mark.parametrize("words", [["bench"], ["bench", "networks", "--no-known"]])
def test_tables_fit_eighty_columns(words, monkeypatch, capsys):
    monkeypatch.setattr(out, "width", 80)
    assert run([*words, "--seconds", "0.05"]) == 0
    told = capsys.readouterr().out
    assert "default" in told or "640" in told
    assert max(map(len, told.splitlines())) <= 80
