"""Build the recognizer for the browser and put it into the package, before a wheel is built.

    python packaging/build_web.py

Needs Node and npm. A wheel holds what it finds in page/mimika; git ignores that folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEB = HERE.parent / "web"
TARGET = HERE.parent / "src" / "mimika" / "apps" / "server" / "page" / "mimika"


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("There is no npm: install Node 20 or newer, and run this again.")
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        if subprocess.call([npm, "--prefix", str(WEB), *words]):
            sys.exit("The recognizer for the browser could not be built, see the lines above.")
    shutil.rmtree(TARGET, ignore_errors=True)
    shutil.copytree(WEB / "dist", TARGET)
    size = sum(path.stat().st_size for path in TARGET.iterdir())
    print(f"{TARGET}: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
