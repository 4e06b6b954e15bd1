"""Install a wheel into a clean environment and use it: `python packaging/try_wheel.py dist`.

What is asked of it: that it says its version, finds the face in a picture, and brings no more than
the base install. Dependencies come from wherever pip gets packages. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "tests" / "media_files" / "astronaut.png"
NOT_BASE = ("torch", "fastapi", "pyarrow", "onnx")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the wheel lies")
    wheels = sorted(parser.parse_args().folder.glob("mimika-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"There must be one wheel, and there are {len(wheels)}: run `python -m build`.")
    with tempfile.TemporaryDirectory() as folder:
        try_wheel(wheels[0].resolve(), Path(folder))
    print(f"{wheels[0].name} works.")


def try_wheel(wheel: Path, folder: Path) -> None:
    """Install and use it below `folder`; leave with a sentence where something is wrong."""
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python, mimika = scripts / "python", scripts / "mimika"
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel], folder)

    version = wheel.name.split("-")[1]
    said = run([mimika, "--version"], folder)
    if version not in said:
        sys.exit(f"`mimika --version` says {said!r}, and the wheel is {version}.")
    run([mimika, "image", PICTURE, "--jsonl", "faces.jsonl", "--output", "seen.png"], folder)
    (line,) = (folder / "faces.jsonl").read_text(encoding="utf-8").splitlines()
    if [face["emotion"] for face in json.loads(line)["faces"]] != ["happy"]:
        sys.exit(f"One happy face was expected: {line}")
    if not (folder / "seen.png").stat().st_size:
        sys.exit("The annotated picture is empty.")
    names = f"import importlib.util as u; print(*[n for n in {NOT_BASE} if u.find_spec(n)])"
    if more := run([python, "-c", names], folder).strip():
        sys.exit(f"The base install brought {more}, which belongs into an extra.")


def run(words: list[str | Path], folder: Path) -> str:
    """Run a command away from the sources, without what this Python is told to import."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    command = [str(word) for word in words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
