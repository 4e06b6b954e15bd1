"""A room imports only from rooms above it, and the documentation says what the code does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mimika.apps.cli._settings_page import PAGE, page

SOURCE = Path(__file__).parents[1] / "src" / "mimika"
# docs/architecture.md draws them in this order.
ROOMS = [
    "extras",
    "errors",
    "emotions",
    "results",
    "settings",
    "scaling",
    "caching",
    "engines",
    "detection",
    "classification",
    "tracking",
    "media",
    "recognizer",
    "analysis",
    "training",
    "quantization",
    "client",
    "adoption",
    "benchmark",
    "apps",
]
LEARNING = {"training", "quantization"}
USE_LEARNING = {"training", "quantization", "apps", "benchmark"}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[tuple[str, bool]]:
    """Rooms that a module imports, each with whether it does so when it is itself imported."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
        or (isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.dump(outer.test))
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "mimika":
                names = [f"mimika.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found += [
            (name.split(".")[1], id(node) not in lazy)
            for name in names
            if name.startswith("mimika.")
        ]
    return found


MODULES = sorted(p for p in SOURCE.rglob("*.py") if room_of(p) in ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_imports_only_from_rooms_above(path):
    own = ROOMS.index(room_of(path))
    for room, _ in imported(path):
        if room in ROOMS:
            assert ROOMS.index(room) <= own, f"{path.name} imports {room}, a room below its own"
            if room in LEARNING:
                assert room_of(path) in USE_LEARNING, f"{path.name} imports {room}"


def test_every_room_is_drawn():
    rooms = {room_of(p) for p in SOURCE.rglob("*.py")} - {"__init__", "__main__"}
    assert rooms <= set(ROOMS)
    text = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room in rooms:
        assert f"`{room}/`" in text or f"`{room}.py`" in text, room


def test_the_settings_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m mimika.apps.cli._settings_page"
    )
