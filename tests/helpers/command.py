"""The command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

MIMIKA = [sys.executable, "-m", "mimika"]


def environment():
    """No screen, whatever the tests run on; wide enough not to fold lines."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"}


def run_with_files_of_at_most(size, words, folder):
    """Run a command whose files may have `size` bytes: what is larger meets a full disk."""
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [*MIMIKA, *words],
        cwd=folder,
        env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
