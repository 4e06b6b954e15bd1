"""A room loads nothing heavy before it is used; the pages agree with the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mimika.apps.cli import _detectors_page, _results_page, _settings_page

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mimika"
ROOMS = sorted(p.parent.name for p in SOURCE.glob("*/__init__.py"))
HEAVY = {
    "cv2",
    "onnxruntime",
    "av",
    "PIL",
    "pygame",
    "torch",
    "rich",
    "cyclopts",
    "fastapi",
    "onnx",
}
HEAVY |= {
    "onnx",
    "scipy",
    "sklearn",
    "matplotlib",
    "pyarrow",
    "pandas",
    "openvino",
    "uvicorn",
    "jinja2",
}
# What a room's modules may load when they are imported; everything else waits until it is used.
LOADS = {
    "apps.cli": {"cyclopts", "rich"},
    "apps.report": {"cv2"},
    "apps.server": {"av", "cv2", "PIL", "fastapi", "uvicorn"},
    "apps.window": {"cv2", "PIL", "pygame"},
    "base": {"cv2"},
    "benchmark": {"cv2"},
    "client": {"cv2"},
    "detection": {"cv2"},
    "drawing": {"cv2", "PIL"},
    "mesh": {"cv2"},
    "models": {"cv2"},
    "pipeline": {"cv2"},
    "sinks": {"cv2"},
    "sources": {"cv2"},
    "tracking": {"cv2"},
}


def layers():
    """The rooms in the order of import-linter's contract, from the top down."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r'containers = \["mimika"\]\nlayers = \[(.*?)\]', text, re.DOTALL)
    return re.findall(r'"(\w+)', listed[1])


def modules_of(room: str) -> list[str]:
    folder = SOURCE / room.replace(".", "/")
    return [
        ".".join(("mimika", *p.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        for p in sorted(folder.rglob("*.py"))
        if p.name != "__main__.py"
    ]


@pytest.mark.parametrize(
    "room", [*(r for r in ROOMS if r not in {"apps", "training"}), *sorted(LOADS.keys() - {*ROOMS})]
)
def test_a_room_loads_nothing_heavy_when_it_is_imported(room):
    code = (
        "import importlib, json, sys\n"
        f"for name in {modules_of(room)!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(json.loads(run.stdout)) <= LOADS.get(room, set())


def test_the_page_has_the_rooms_in_the_order_of_the_layers():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    assert [*reversed(drawn)] == layers()
    assert sorted(drawn) == ROOMS


def test_files_that_the_page_names_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    made_up = {"subtitles.py", "twice.py", "tiny.py"}
    named = {n for n in re.findall(r"`([\w/]+\.py)`", text) if n.split("/")[-1] not in made_up}
    assert {n for n in named if not any((p / n).is_file() for p in (ROOT, SOURCE))} == set()


@pytest.mark.parametrize("module", [_detectors_page, _results_page, _settings_page])
def test_pages_made_from_tables_are_those_tables(module):
    written = module.PAGE.read_text(encoding="utf-8")
    assert written == module.page(), f"run: python -m {module.__name__}"


def test_every_test_module_has_a_name_of_its_own():
    # pytest imports them by their file's name alone.
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
