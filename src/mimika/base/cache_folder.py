"""Where Mimika keeps what it can make again: the user's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mimika.base.names import path_of

VARIABLE = "MIMIKA_CACHE"
"""Environment variable that names another folder."""


def cache_folder() -> Path:
    """Return the folder; it need not exist yet."""
    if named := os.environ.get(VARIABLE):
        return path_of(named)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "mimika"
