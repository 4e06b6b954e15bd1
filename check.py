"""Everything that a change must pass, or a part of it.

    python3 check.py                  lint, types, docs and tests; with --slow the slow tests too
    python3 check.py format           put the code into the common format, and sort imports
    python3 check.py lint             only the format check, the linter, layers and workflows
    python3 check.py types            only the type check
    python3 check.py docs             only the site of the documentation, warnings are errors
    python3 check.py web              only the browser's recognizer: types, build, tests (needs npm)
    python3 check.py tests sinks      only the tests of a room: tests/sinks
    python3 check.py coverage         the tests, and the lines that none of them runs
    python3 check.py -k tracker       words that it does not know go to pytest
    python3 check.py tests -n 0       the tests one after another, in one process

The first run makes a virtual environment beside this file with every extra; it says before how much
that downloads. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-check"
STAMP = ENVIRONMENT / "installed.txt"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

PARTS = ("format", "lint", "types", "docs", "web", "tests", "coverage")
SIZE = "about 0.8 GB to download, 2.5 GB on disk"
# PyTorch's own wheels for Linux depend on CUDA; those of the other systems do not.
SIZE_LINUX = f"""about 3.5 GB to download, 7.5 GB on disk
The extra `train` is most of it: PyTorch for Linux brings the CUDA libraries, also where there is no
GPU. With PyTorch's build for the processor it is {SIZE}: stop this with
Ctrl-C, and set the environment variable PIP_EXTRA_INDEX_URL to the address of the CPU wheels that
pytorch.org shows under "Get started" (Linux, pip, CPU). pip then takes that build by itself."""

# The tests share the cores; `-n 0` after it takes them one after another, in one process.
SPREAD = ("-n", "logical", "--maxprocesses", "4", "--durations", "15")
NPM = shutil.which("npm")
WEB = (["ci", "--no-audit", "--no-fund"], ["run", "check"], ["run", "build"], ["test"])

Command = list["str | Path"]


def set_up() -> None:
    """Make the environment where it is missing or out of date."""
    project = (HERE / "pyproject.toml").read_bytes()
    wanted = f"{hashlib.sha256(project).hexdigest()} {sys.version_info[:2]} {HERE}"
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    size = SIZE_LINUX if sys.platform == "linux" else SIZE
    print(f"Setting up the environment for the checks in {ENVIRONMENT}: {size}", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    subprocess.check_call([*pip, "--upgrade", "pip"])
    subprocess.check_call([*pip, "-e", f"{HERE}[all]"])
    # It asks for a build of OpenCV that would overwrite ours (src/mimika/audience/shots.py).
    subprocess.check_call([*pip, "--no-deps", "scenedetect>=0.7"])
    STAMP.write_text(wanted, encoding="utf-8")


def split(words: list[str]) -> tuple[set[str], list[str]]:
    """Tell parts from what goes to pytest.

    Args:
        words: of the command line.

    Returns:
        The parts that are asked for, and pytest's words. A word after `tests` or `coverage` that is
        a folder of `tests/` is that folder.
    """
    rest = [word for word in words if word != "--slow"]
    parts = set()
    while rest and rest[0] in PARTS:
        parts.add(rest.pop(0))
    if parts & {"tests", "coverage"}:
        rest = [f"tests/{word}" if (HERE / "tests" / word).exists() else word for word in rest]
    if "--slow" in words:
        rest = ["-m", "slow or not slow", *rest]
    return parts or {"lint", "types", "docs", "web", "tests"}, rest


def commands(parts: set[str], words: list[str], site: str) -> dict[str, list[Command]]:
    """List what each part runs.

    Args:
        parts: the parts that are asked for.
        words: for pytest.
        site: a folder for the site of the documentation.
    """
    python: Command = [PYTHON, "-m"]
    pytest: Command = [*python, "pytest", "--cov", "--cov-report=", *SPREAD, *words]
    missing: Command = [*python, "coverage", "report", "--show-missing", "--skip-covered"]
    ruff = [*python, "ruff"]
    workflows = sorted((HERE / ".github" / "workflows").glob("*.yml"))
    every: dict[str, list[Command]] = {
        "format": [[*ruff, "check", "--select", "I", "--fix", "-q", "."], [*ruff, "format", "."]],
        "lint": [
            [*ruff, "format", "--check", "."],
            [*ruff, "check", "."],
            [BIN / "lint-imports", "--no-cache"],
            [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        ],
        "types": [[*python, "mypy"]],
        "docs": [[*python, "mkdocs", "build", "--strict", "--site-dir", site]],
        "web": [[NPM, "--prefix", "web", *step] for step in WEB] if NPM else [],
        "tests": [pytest],
        "coverage": [pytest, missing],
    }
    return {part: every[part] for part in PARTS if part in parts}


def run(name: str, lines: list[Command]) -> int:
    """Run a part's commands, also after one failed; return the first exit code that is not 0."""
    codes = []
    for line in lines:
        shown = " ".join(str(word) for word in line).replace(f"{PYTHON} -m ", "")
        for folder in (BIN, HERE):
            shown = shown.replace(f"{folder}{os.sep}", "")
        print(f"\n== {name}: {shown}", flush=True)
        codes.append(subprocess.call([str(word) for word in line], cwd=HERE))
    return next((code for code in codes if code), 0)


def coverage() -> str:
    """Share of the lines that the last tests ran, as "91%"; "" where nothing was measured."""
    command = [str(PYTHON), "-m", "coverage", "report", "--format=total"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    return f"{done.stdout.strip()}%" if re.fullmatch(r"\d+\s*", done.stdout) else ""


def main() -> None:
    """Run the parts that are asked for, also after one has failed, and say how each ended."""
    if sys.version_info < (3, 10):
        sys.exit(f"Mimika needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(__doc__)
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    try:
        set_up()
        parts, words = split(sys.argv[1:])
        ends = {}
        with tempfile.TemporaryDirectory() as site:
            for name, lines in commands(parts, words, site).items():
                start = time.monotonic()
                ends[name] = (run(name, lines), time.monotonic() - start)
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    print("\n== summary")
    for name, (code, seconds) in ends.items():
        end = "passed" if code == 0 else f"FAILED (exit {code})"
        if name == "web" and not NPM:
            end = "SKIPPED: no npm"
        print(f"{name:8} {end:18} {seconds:6.1f} s")
    if parts & {"tests", "coverage"}:
        print(f"coverage {coverage() or 'unknown'}; `python3 check.py coverage` lists the lines")
    sys.exit(any(code for code, _ in ends.values()))


if __name__ == "__main__":
    main()
