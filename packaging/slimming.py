"""What makes the packed program smaller: one FFmpeg for two packages, and no symbols.

OpenCV and PyAV bring the same libraries of FFmpeg, and OpenCV and Pillow that of AVIF. Where both
are of one version, OpenCV's are replaced by links to the others, and what only they needed goes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

TWICE = ("avcodec", "avformat", "avutil", "swscale", "swresample", "avif")
ONLY_THEIRS = ("aom", "vpx", "crypto", "ssl")
"""Libraries that OpenCV's copies of `TWICE` alone ask for."""
LIBRARY = re.compile(r"lib(?P<name>\w+)-[0-9a-f]{8}\.so\.(?P<version>[\w.]+)$")

Entry = tuple[str, str, str]
"""PyInstaller's: name in the program, file, kind."""


def shared(binaries: list[Entry]) -> list[Entry]:
    """Link OpenCV's libraries to the same ones of PyAV and Pillow; as it is where one is older."""
    libraries = {each[0]: found for each in binaries if (found := LIBRARY.search(each[0]))}
    others = {
        found["name"]: (name, found["version"])
        for name, found in libraries.items()
        if PurePosixPath(name).parts[0] in {"av.libs", "pillow.libs"}
    }
    theirs = {name: found for name, found in libraries.items() if _of_opencv(name)}
    links = {
        name: others[found["name"]][0]
        for name, found in theirs.items()
        if found["name"] in TWICE and _can_stand_in(found, others)
    }
    if {theirs[name]["name"] for name in links} != set(TWICE):
        return binaries
    gone = {name for name, found in theirs.items() if found["name"] in ONLY_THEIRS}
    files = {PurePosixPath(name).name for name in gone}
    kept = [each for each in binaries if each[0] not in gone | set(links) | files]
    return kept + [(name, f"../{target}", "SYMLINK") for name, target in links.items()]


def _of_opencv(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0].startswith("opencv") and parts[0].endswith(".libs")


def _can_stand_in(found: re.Match[str], others: dict[str, tuple[str, str]]) -> bool:
    """Whether the other library has the same interface: its major number, and no older."""
    wanted = [int(part) for part in found["version"].split(".")]
    there = [int(part) for part in others.get(found["name"], ("", "0"))[1].split(".")]
    return there[0] == wanted[0] and there >= wanted


def strip(folder: Path) -> None:
    """Take the symbols out of the program's libraries, on Linux, where `strip` is installed.

    Those in `*.libs` were edited when their wheels were made, and do not load when stripped.
    """
    program = shutil.which("strip")
    if sys.platform != "linux" or program is None:
        return
    for path in folder.rglob("*.so*"):
        if path.is_symlink() or path.parent.name.endswith(".libs"):
            continue
        subprocess.call([program, "--strip-unneeded", str(path)], stderr=subprocess.DEVNULL)
