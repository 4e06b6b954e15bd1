"""Mimika in one command: `python3 main.py` (on Windows `py main.py`).

The first run makes a virtual environment beside this file and installs Mimika into it; later runs
start at once. What follows the name is handed on: `python3 main.py video film.mp4` is
`mimika video film.mp4`. Standard library only.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-mimika"
STAMP = ENVIRONMENT / "installed.txt"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted() -> str:
    """What must be installed: changes when the dependencies, this Python or the folder do."""
    project = (HERE / "pyproject.toml").read_bytes()
    return f"{hashlib.sha256(project).hexdigest()} {sys.version_info[:2]} {HERE}"


def set_up() -> None:
    """Make the environment or bring it up to date, and only then leave the stamp."""
    # What was added to a finished environment, such as the packages of a report, stays.
    if STAMP.is_file() and of_this_place(STAMP.read_text(encoding="utf-8")):
        print("Mimika brings its packages up to date …", flush=True)
    else:
        make_environment()
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*install, "-e", str(HERE)]):
        sys.exit(
            "Mimika could not be installed, see the lines above: check the network and the space "
            "on the disk, and run this again."
        )
    STAMP.write_text(wanted(), encoding="utf-8")
    print("Done.", flush=True)


def of_this_place(stamp: str) -> bool:
    """Whether an environment was made by this Python for this folder."""
    return stamp.partition(" ")[2] == wanted().partition(" ")[2]


def make_environment() -> None:
    """Make an empty environment; what an interrupted run left half-made goes."""
    print("Mimika sets itself up (once, about a minute; 520 MB on disk) …", flush=True)
    try:
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(
            f"Mimika cannot make a virtual environment in {ENVIRONMENT}: check that the folder can "
            "be written and, on Debian or Ubuntu, run `sudo apt install python3-venv`."
        )


def as_typed() -> str:
    """How this program was called, ready to be typed again."""
    name = f'"{sys.argv[0]}"' if " " in sys.argv[0] else sys.argv[0]
    return f"{'py' if os.name == 'nt' else 'python3'} {name}"


def main() -> None:
    """Set up where needed, then become `mimika`."""
    if sys.version_info < (3, 10):
        sys.exit(f"Mimika needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")
    try:
        if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != wanted():
            set_up()
        command = [str(PYTHON), "-m", "mimika", *sys.argv[1:]]
        # Hints name commands in the form that was typed.
        os.environ["MIMIKA_COMMAND"] = as_typed()
        if os.name != "nt":
            os.execv(PYTHON, command)
        # Windows has no exec: wait for the child, which gets Ctrl-C itself and ends in order.
        child = subprocess.Popen(command)
        while True:
            try:
                sys.exit(child.wait())
            except KeyboardInterrupt:
                continue
    except KeyboardInterrupt:
        sys.exit("Stopped; run this again to go on.")


if __name__ == "__main__":
    main()
