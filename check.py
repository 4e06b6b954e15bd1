"""Everything that a change must pass: `python3 check.py`; with `--slow` the slow tests as well.

Makes a virtual environment beside this file with every extra, then runs the format check, the
linter, the type check and the tests, and ends in a summary. Words that it does not know are handed
to pytest: `python3 check.py -k tracker`. Standard library only.
"""

import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-check"
STAMP = ENVIRONMENT / "installed.txt"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def set_up() -> None:
    """Make the environment where it is missing or out of date."""
    project = (HERE / "pyproject.toml").read_bytes()
    wanted = f"{hashlib.sha256(project).hexdigest()} {sys.version_info[:2]} {HERE}"
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Setting up the environment for the checks …", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    subprocess.check_call([*pip, "--upgrade", "pip"])
    subprocess.check_call([*pip, "-e", f"{HERE}[all]"])
    STAMP.write_text(wanted, encoding="utf-8")


def main() -> None:
    """Run all checks, also after one has failed, and say how each ended."""
    if sys.version_info < (3, 10):
        sys.exit(f"Mimika needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")
    set_up()
    words = [word for word in sys.argv[1:] if word != "--slow"]
    slow = "--slow" in sys.argv[1:]
    checks = {
        "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
        "lint": [PYTHON, "-m", "ruff", "check", "."],
        "types": [PYTHON, "-m", "mypy"],
        "tests": [PYTHON, "-m", "pytest", *(["-m", "slow or not slow"] if slow else []), *words],
    }
    ends = {}
    for name, command in checks.items():
        print(f"\n== {name}: {' '.join(str(part) for part in command[2:])}", flush=True)
        start = time.monotonic()
        code = subprocess.call([str(part) for part in command], cwd=HERE)
        ends[name] = (code, time.monotonic() - start)
    print("\n== summary")
    for name, (code, seconds) in ends.items():
        print(f"{name:8} {'passed' if code == 0 else f'FAILED (exit {code})':18} {seconds:6.1f} s")
    sys.exit(any(code for code, _ in ends.values()))


if __name__ == "__main__":
    main()
