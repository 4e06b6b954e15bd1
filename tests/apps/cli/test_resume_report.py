"""A report that was interrupted keeps what it recognized, and goes on from there."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest

from helpers.interrupting import interrupted_run
from mimika.apps.cli.main import run
from mimika.pipeline import process as loop
from mimika.timeline.files import read_timeline
from mimika.timeline.people import people

pytest.importorskip("pyarrow", reason="needs the report extra")
pytest.importorskip("jinja2", reason="needs the report extra")
pytest.importorskip("matplotlib", reason="needs the report extra")

KEPT = ["recognized.parquet", "recognized.parquet.partial"]


@pytest.fixture
def interrupted(monkeypatch):
    return partial(interrupted_run, monkeypatch, "mimika.timeline.summary.Summary")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_goes_on_and_ends_as_if_nothing_had_happened(
    tmp_path, monkeypatch, film, interrupted, capsys
):
    monkeypatch.chdir(tmp_path)
    words = ["report", film, "-o", "cut"]
    assert interrupted(words, 30) == 130
    told = capsys.readouterr().err
    assert "Stopped after 30 frames" in told
    assert "--resume goes on" in told
    assert names(tmp_path / "cut") == KEPT
    assert interrupted([*words, "--resume"], 10) == 130
    assert json.loads((tmp_path / "cut" / KEPT[1]).read_text())["frames"] == 30
    capsys.readouterr()
    assert run([*words, "--resume"]) == 0
    assert "going on after 30 frames" in capsys.readouterr().err
    assert not set(names(tmp_path / "cut")) & set(KEPT)
    assert (tmp_path / "cut" / "report.html").exists()
    found = list(people(read_timeline(tmp_path / "cut" / "timeline.parquet").timeline))
    wanted = list(people(loop.process(film).timeline))
    assert len(found) == len(wanted) == 2
    for one, other in zip(found, wanted, strict=True):
        assert one.begin == other.begin
        np.testing.assert_array_equal(one.seen, other.seen)
        difference = np.abs(one.probabilities - other.probabilities)
        assert np.nanmax(difference[:20]) < 1e-3, "what was seen before the break"
        # What is seen again after it has a shorter past, so smoothing differs a little.
        assert np.nanmax(difference) < 0.05


def test_what_an_interrupted_report_left_is_not_mixed_with_another(
    tmp_path, monkeypatch, film, media, interrupted, capsys
):
    monkeypatch.chdir(tmp_path)
    assert interrupted(["report", film, "--quiet"], 5) == 130
    for words, code, says in (
        (["report", film], 6, "go on with --resume"),
        (["report", film, "--resume", "--every", "2"], 2, "was begun with no options"),
        (["report", str(media / "people-detection.gif"), "--resume"], 2, "holds a part of"),
    ):
        capsys.readouterr()
        assert run([*words, "--quiet"]) == code
        told = capsys.readouterr().err
        assert says in told
        assert len(told.strip().splitlines()) == 1
        assert names(tmp_path / "report") == KEPT
    (tmp_path / "report" / KEPT[1]).unlink()
    assert run(["report", film, "--resume", "--quiet"]) == 6
    assert "is there already" in capsys.readouterr().err, "without its note nothing is trusted"


def test_a_failure_after_the_film_was_seen_keeps_what_was_seen(tmp_path, monkeypatch, film, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["report", film, "--emotions", "boredom"]) == 2
    assert "--resume goes on" in capsys.readouterr().err
    assert names(tmp_path / "report") == KEPT
