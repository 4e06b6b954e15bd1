"""The wheel and the source distribution: built from here, and the wheel used by itself."""

from __future__ import annotations

import subprocess
import sys
import tarfile

import pytest

from mimika.base.version import __version__


@pytest.mark.slow  # builds in environments of its own, with what pip fetches for them
@pytest.mark.timeout(900)
def test_a_clean_environment_with_the_wheel_recognizes(request, tmp_path):
    root, dist = request.config.rootpath, tmp_path / "dist"
    subprocess.run([sys.executable, "-m", "build", "-o", str(dist), str(root)], check=True)
    names = {f"mimika-{__version__}.tar.gz", f"mimika-{__version__}-py3-none-any.whl"}
    assert {path.name for path in dist.iterdir()} == names
    with tarfile.open(dist / f"mimika-{__version__}.tar.gz") as archive:
        places = {name.split("/")[1] for name in archive.getnames()}
    files = {"LICENSE", "THIRD_PARTY.md", "README.md", "CHANGELOG.md", "pyproject.toml"}
    assert places == {"src", "PKG-INFO", ".gitignore", *files}
    trial = root / "packaging" / "try_wheel.py"
    subprocess.run([sys.executable, str(trial), str(dist)], check=True)
