"""Make the packed program: a folder whose `mimika` starts without Python, and an archive of it.

    python packaging/build.py [--output dist]

Needs Mimika with what is to be packed, and PyInstaller, in this Python; best in an environment of
its own: `pip install '.[serve,report]' pyinstaller`. The program recognizes, makes reports and
serves; training and adopting networks are left out, as they need gigabytes. It is packed for the
system that this runs on: Windows gets mimika.exe, and so on; .github/workflows/package.yml builds
all three.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from slimming import strip

HERE = Path(__file__).resolve().parent
NEEDED = "pip install '.[serve,report]' pyinstaller"
PACKAGES = ("PyInstaller", "fastapi", "jinja2", "matplotlib", "pyarrow")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE.parent / "dist")
    output = parser.parse_args().output.resolve()
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        sys.exit(f"This Python lacks {', '.join(missing)}: run `{NEEDED}`.")
    work = output / "work"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    places = ["--distpath", str(output), "--workpath", str(work)]
    try:
        code = subprocess.call([*command, *places, str(HERE / "mimika.spec")], cwd=HERE)
    except OSError as error:
        sys.exit(f"PyInstaller cannot be started ({error}): run `{NEEDED}`.")
    shutil.rmtree(work, ignore_errors=True)
    if code:
        sys.exit(f"PyInstaller failed, see above; is it installed? Run `{NEEDED}`.")
    strip(output / "mimika")
    system = f"{platform.system()}-{platform.machine()}".lower()
    kind = "zip" if platform.system() == "Windows" else "gztar"
    archive = shutil.make_archive(str(output / f"mimika-{system}"), kind, output, "mimika")
    # Links to the libraries are no files of their own.
    inside = (output / "mimika").rglob("*")
    files = [path for path in inside if path.is_file() and not path.is_symlink()]
    size_mb = sum(path.stat().st_size for path in files) / 1e6
    print(f"{output / 'mimika'}: {len(files)} files, {size_mb:.0f} MB")
    print(f"{archive}: {Path(archive).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
