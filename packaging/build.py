"""Make the packed program: a folder whose `mimika` starts without Python, and an archive of it.

    python packaging/build.py [--output dist]

Needs Mimika and PyInstaller in this Python (`pip install '.[dev]'`). It packs for the system that
it runs on: Windows gets mimika.exe, and so on; .github/workflows/package.yml builds all three.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE.parent / "dist")
    output = parser.parse_args().output.resolve()
    work = output / "work"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    places = ["--distpath", str(output), "--workpath", str(work)]
    try:
        code = subprocess.call([*command, *places, str(HERE / "mimika.spec")], cwd=HERE)
    except OSError as error:
        sys.exit(f"PyInstaller cannot be started ({error}): run `pip install '.[dev]'`.")
    shutil.rmtree(work, ignore_errors=True)
    if code:
        sys.exit("PyInstaller failed, see above; is it installed? Run `pip install '.[dev]'`.")
    system = f"{platform.system()}-{platform.machine()}".lower()
    kind = "zip" if platform.system() == "Windows" else "gztar"
    archive = shutil.make_archive(str(output / f"mimika-{system}"), kind, output, "mimika")
    files = [path for path in (output / "mimika").rglob("*") if path.is_file()]
    size_mb = sum(path.stat().st_size for path in files) / 1e6
    print(f"{output / 'mimika'}: {len(files)} files, {size_mb:.0f} MB")
    print(f"{archive}: {Path(archive).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
