"""The bench measures real frames; its numbers are never judged here, only what they are of."""

from __future__ import annotations

import json

import pytest

from mimika.apps.cli.main import run
from mimika.benchmark.pipeline import bench_pipeline
from mimika.benchmark.scenes import scenes
from mimika.benchmark.startup import bench_startup
from mimika.benchmark.timing import Measurement, measure
from mimika.recognizer import Recognizer


def test_scenes_have_the_sizes_and_the_faces_that_they_say():
    recognizer = Recognizer()
    for scene in scenes():
        assert all(f.shape == (scene.height, scene.width, 3) for f in scene.frames)
        stream = recognizer.fork()
        found = [len(stream(f, i / 24).faces) for i, f in enumerate(scene.frames[:12])]
        assert found[-1] == scene.faces


def test_the_pipelines_stages_add_up():
    figures = list(bench_pipeline(Recognizer(), seconds=0.1))
    assert len(figures) == 4
    for figure in figures:
        assert figure.found == pytest.approx(figure.faces, abs=0.3)
        parts = sum(figure.stages[stage].median_ms for stage in ("detect", "classify", "track"))
        assert parts == pytest.approx(figure.stages["total"].median_ms, rel=0.5)


def test_medians_and_percentiles():
    assert Measurement.of([3.0, 1.0, 2.0]) == Measurement(2.0, 3.0, 2.0, 1.0, 3)
    assert Measurement.of(list(range(100))).p95_ms == 95
    calls = []
    assert measure(lambda: calls.append(1), seconds=0.0, least_runs=20).runs == 20
    assert len(calls) > 20


def test_starting_is_measured_in_new_processes(tmp_path):
    figures = bench_startup(tmp_path, runs=1)
    assert list(figures) == ["python", "import mimika", "load", "first result", "mimika image"]
    assert figures["import mimika"]["peak_mb"] < figures["first result"]["peak_mb"] < 400


@pytest.mark.parametrize(("budget", "code"), [("10000", 0), ("0.001", 1)])
def test_the_budget_sets_the_exit_code(tmp_path, budget, code, capsys):
    file, picture = tmp_path / "bench.json", tmp_path / "bench.png"
    words = ["bench", "--budget", budget, "--seconds", "0.05", "--json", str(file)]
    if code == 0:
        pytest.importorskip("matplotlib")
        words += ["--picture", str(picture)]
    assert run(words) == code
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["machine"]["cores"] >= 1
    assert len(written["pipeline"]["scenes"]) == 4
    assert picture.exists() == (code == 0)


def test_without_permission_it_says_so_before_it_measures(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(["bench", "--json", str(tmp_path / "file" / "bench.json")]) == 6
    assert "cannot be written" in capsys.readouterr().err
