"""The packed program: made here, started without Python, camera and screen."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys

import pytest

from mimika.apps.cli._verbs import GROUPS, NEEDS

pytest.importorskip("PyInstaller", reason="needs PyInstaller (the `dev` extra)")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
LACKS = {verb for verb, room in NEEDS.items() if "training" in room or "adopt" in room}


@pytest.fixture(scope="module")
def packed(request, tmp_path_factory):
    """The folder of the program."""
    folder = tmp_path_factory.mktemp("packed")
    build = request.config.rootpath / "packaging" / "build.py"
    subprocess.run([sys.executable, str(build), "--output", str(folder)], check=True, timeout=1500)
    assert any(folder.glob("mimika-*.*")), "no archive"
    return folder / "mimika"


@pytest.fixture
def run(packed, tmp_path):
    # Neither this Python nor its packages, nor a screen, are to be found from within.
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    bare |= {"PATH": "" if os.name != "nt" else os.environ["PATH"], "COLUMNS": "200"}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        bare.pop(name, None)
    program = packed / ("mimika.exe" if os.name == "nt" else "mimika")

    def begin(*words, code=0):
        ended = subprocess.run(
            [str(program), *map(str, words)],
            check=False,
            cwd=tmp_path,
            env=bare,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        assert "Traceback" not in ended.stderr
        assert ended.returncode == code, ended.stderr
        return ended

    return begin


def test_it_starts_alone_and_plays_the_demo(run, tmp_path):
    run()
    with (tmp_path / "mimika-out" / "demo.csv").open(encoding="utf-8", newline="") as file:
        seen = [row["emotion"] for row in csv.DictReader(file)]
    assert "sad" in seen[: len(seen) // 2]
    assert "happy" in seen[len(seen) // 2 :]
    assert (tmp_path / "mimika-out" / "demo.mp4").stat().st_size > 10_000


def test_every_verb_has_its_help_and_what_is_lacking_is_not_offered(run):
    text = run("--help").stdout
    for verb in (verb for verbs in GROUPS.values() for verb in verbs):
        if verb in LACKS:
            assert f" {verb} " not in text
            assert "no verb" in run(verb, "x", code=2).stderr
        else:
            assert f" {verb} " in text
            assert f"mimika {verb}" in run(verb, "--help").stdout


def test_a_picture_a_table_and_a_report(run, media, tmp_path):
    shutil.copy(media / "astronaut.png", tmp_path / "a.png")
    assert "happy" in run("image", "a.png", "--parquet", "a.parquet", "--output", "seen").stdout
    assert (tmp_path / "a.parquet").stat().st_size > 500
    run("demo", "--no-window", "--quiet")
    run("report", "mimika-out/demo.csv", "--output", "report", "--quiet")
    assert (tmp_path / "report" / "report.html").stat().st_size > 10_000


def test_it_serves(packed):
    import json
    import urllib.request

    program = packed / ("mimika.exe" if os.name == "nt" else "mimika")
    serving = subprocess.Popen(
        [str(program), "serve", "--port", "0", "--no-open"], stdout=subprocess.PIPE, text=True
    )
    try:
        address = next(
            word for word in serving.stdout.readline().split() if word.startswith("http")
        )
        with urllib.request.urlopen(f"{address.rstrip('/')}/healthz", timeout=30) as answer:
            assert answer.status == 200
            json.load(answer)
    finally:
        serving.terminate()
        serving.wait(60)
