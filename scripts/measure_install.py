"""What an installation of Mimika takes on the disk, by what it is made of.

    python scripts/measure_install.py                    # a fresh environment with the base install
    python scripts/measure_install.py --extras serve,parquet
    python scripts/measure_install.py --environment DIR  # one that is there

Printed are megabytes (10^6 bytes) of each distribution's files with those that it brings along, the
largest first, what belongs to none (the environment's own tools, compiled Python), and the sum; the
exit code is 1 where that is more than `--most`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1e6
LEAST_MB = 0.5
"""Distributions under this are added up in one line."""


def installed(folder: Path, extras: str) -> None:
    """Make an environment with Mimika in it."""
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    what = f"{ROOT}[{extras}]" if extras else str(ROOT)
    subprocess.run([python, "-m", "pip", "install", "--quiet", what], check=True)


def sizes(environment: Path) -> Counter[str]:
    """Bytes on the disk by distribution; "" for files that belong to none."""
    (packages,) = {*environment.glob("lib/python3*/site-packages")} or {
        environment / "Lib" / "site-packages"
    }
    owners = {
        Path(os.path.normpath(each.locate_file(file))): each.metadata["Name"]
        for each in distributions(path=[str(packages)])
        for file in each.files or ()
    }
    found: Counter[str] = Counter()
    for path in environment.rglob("*"):
        if path.is_file() and not path.is_symlink():
            blocks = getattr(path.stat(), "st_blocks", 0) * 512
            found[owners.get(path, "")] += blocks or path.stat().st_size
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--extras", default="")
    parser.add_argument("--most", type=float, help="megabytes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.environment:
            installed(Path(folder), arguments.extras)
        found = sizes((arguments.environment or Path(folder)).resolve())
    small = 0
    for name, size in found.most_common():
        if size < LEAST_MB * MEGABYTE:
            small += size
        else:
            print(f"{size / MEGABYTE:8.1f} MB  {name or 'of none of them'}")
    total = found.total() / MEGABYTE
    print(f"{small / MEGABYTE:8.1f} MB  smaller ones\n{total:8.1f} MB  in all")
    if arguments.most and total > arguments.most:
        sys.exit(f"More than {arguments.most:g} MB.")


if __name__ == "__main__":
    main()
