"""The packed program: made here, started without Python, camera and screen."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

import pytest

pytest.importorskip("PyInstaller", reason="needs PyInstaller (the `dev` extra)")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_starts_alone_and_plays_the_demo(request, tmp_path):
    build = request.config.rootpath / "packaging" / "build.py"
    packing = [sys.executable, str(build), "--output", str(tmp_path / "dist")]
    subprocess.run(packing, check=True, timeout=600)
    assert any((tmp_path / "dist").glob("mimika-*.*")), "no archive"

    program = tmp_path / "dist" / "mimika" / ("mimika.exe" if os.name == "nt" else "mimika")
    # Neither this Python nor its packages, nor a screen, are to be found from within.
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    bare |= {"PATH": "" if os.name != "nt" else os.environ["PATH"], "COLUMNS": "200"}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        bare.pop(name, None)
    ended = subprocess.run(
        [str(program)],
        check=False,
        cwd=tmp_path,
        env=bare,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    with (tmp_path / "mimika-out" / "demo.csv").open(encoding="utf-8", newline="") as file:
        seen = [row["emotion"] for row in csv.DictReader(file)]
    assert "sad" in seen[: len(seen) // 2]
    assert "happy" in seen[len(seen) // 2 :]
    assert (tmp_path / "mimika-out" / "demo.mp4").stat().st_size > 10_000
