"""The walks of CONTRIBUTING.md, done: what the guide shows goes into a copy of the sources."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "CONTRIBUTING.md"
STEP = re.compile(
    r"^\*\*`(?P<path>[^`]+)`\*\*, (?P<place>[^:]*?):\n\n```python\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NAMED = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Step:
    """One block of code: the file that it belongs to, and where in it, in the guide's words."""

    path: str
    place: str
    code: str


def steps(heading: str) -> list[Step]:
    """The blocks of a section."""
    text = GUIDE.read_text(encoding="utf-8")
    _, _, rest = text.partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    found = [Step(m["path"], m["place"], m["code"]) for m in STEP.finditer(section)]
    assert len(found) == section.count("```python"), "a block that is no step"
    return found


class Copy:
    """A copy of the sources in which the steps of the guide are taken."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        shutil.copytree(
            ROOT / "src",
            folder / "src",
            ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
        )

    def take(self, step: Step) -> None:
        path = self.root / step.path
        if step.place == "a new file":
            assert not path.exists(), path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.code, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if step.place == "among the imports":
            path.write_text(_imported(text, step.code), encoding="utf-8")
            return
        name = NAMED.search(step.place)
        assert name, step.place
        table = _assignment(text, name[1])
        lines = text.splitlines(keepends=True)
        if step.place.startswith("above"):
            line, code = table.lineno - 1, f"{step.code}\n\n"
        else:
            assert step.place.startswith("the last entry of"), step.place
            entry = _last_entry(table)
            line = entry.end_lineno or 0
            code = textwrap.indent(f"{step.code.rstrip()},\n", " " * entry.col_offset)
        path.write_text("".join([*lines[:line], code, *lines[line:]]), encoding="utf-8")

    def python(self, *words: str) -> str:
        """Run Python with the copy's Mimika; its standard output."""
        environment = os.environ | {"PYTHONPATH": str(self.root / "src"), "PYTHONUTF8": "1"}
        command = [sys.executable, *words]
        run = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def mimika(self, *words: str) -> str:
        """Run the copy's command line; its standard output."""
        return self.python("-m", "mimika", *words)

    def tests(self, *words: str) -> None:
        """Run some of the repository's tests with the copy's Mimika.

        Args:
            words: for pytest; a path below tests/ first.
        """
        shutil.copy(ROOT / "pyproject.toml", self.root)
        leave_out = shutil.ignore_patterns("__pycache__", "media_files")
        shutil.copytree(ROOT / "tests", self.root / "tests", ignore=leave_out)
        (self.root / "tests" / "media_files").symlink_to(ROOT / "tests" / "media_files")
        self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{words[0]}", *words[1:])

    def lint(self) -> None:
        """What the guide shows passes the checks that the repository's own code passes."""
        shutil.copy(ROOT / "pyproject.toml", self.root)
        for words in (["check"], ["format", "--check"]):
            self.python("-m", "ruff", *words, "--no-cache", "src")


def _imported(text: str, code: str) -> str:
    """The text with a further import, after the last one that sorts before it."""
    lines = text.splitlines(keepends=True)
    before = [i for i, line in enumerate(lines) if line.startswith("from ") and line < code]
    at = max(before) + 1
    return "".join([*lines[:at], code, *lines[at:]])


def _assignment(text: str, name: str) -> ast.stmt:
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node
    raise AssertionError(f"there is no {name}")


def _last_entry(table: ast.stmt) -> ast.expr:
    """The last entry of the longest tuple, list or call of an assignment."""
    places = [
        (node, node.args if isinstance(node, ast.Call) else node.elts)
        for node in ast.walk(table)
        if isinstance(node, ast.Tuple | ast.List | ast.Call)
    ]
    _, entries = max(places, key=lambda at: bool(at[1]) * ((at[0].end_lineno or 0) - at[0].lineno))
    return entries[-1]
