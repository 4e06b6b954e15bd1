"""How this copy of Mimika gets an extra."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def install_command(extra: str) -> str:
    """Return the command that installs an extra beside what runs now, ready to be pasted.

    Args:
        extra: its name in pyproject.toml, such as "train".
    """
    if getattr(sys, "frozen", False):
        # The packed program has no pip: it takes a copy of the sources.
        return f'pip install ".[{extra}]"'
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    what = f"mimika[{extra}]"
    source = _source()
    flag = "-e " if source.get("dir_info", {}).get("editable") else ""
    if "dir_info" in source:
        what = f"{url2pathname(urlsplit(source['url']).path)}[{extra}]"
    return f'{pip_command()} install {flag}"{what}"'


def pip_command() -> str:
    """Return how pip is called for the Python that runs now, ready to be pasted."""
    python = _shown(Path(sys.executable))
    # Double quotes: Windows' shell knows no others.
    return f'"{python}" -m pip' if " " in python else f"{python} -m pip"


def _source() -> dict[str, Any]:
    """Where this copy was installed from (PEP 610); empty for a package index."""
    import json
    from importlib import metadata

    try:
        written = metadata.distribution("mimika").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return {}
    return json.loads(written) if written else {}


def _shown(path: Path) -> str:
    """The path from here where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def installed_version(package: str) -> str | None:
    """Return the version of an installed distribution; None where it is not installed."""
    # Not above: it takes as long to import as all of Mimika's own modules for a picture.
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
