"""Which webcams this computer has."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LINUX_DEVICES = Path("/sys/class/video4linux")
TRIED_NUMBERS = 5


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A webcam.

    Attributes:
        number: what `mimika webcam NUMBER` takes.
        name: what its maker calls it.
    """

    number: int
    name: str


def list_cameras() -> list[CameraInfo]:
    """List the cameras by number: by name on Linux and macOS, by trying on Windows.

    On Windows the numbers 0 to 4 are opened for a moment, as the system names no cameras without a
    further package; a camera in use is then not listed.
    """
    if sys.platform.startswith("linux"):
        return _linux()
    if sys.platform == "darwin":
        return _macos()
    return _tried()


def _linux(devices: Path = LINUX_DEVICES) -> list[CameraInfo]:
    found = []
    for device in devices.glob("video*") if devices.is_dir() else ():
        number = device.name.removeprefix("video")
        # One camera shows several devices; the first of each (index 0) gives pictures, the others
        # metadata.
        if number.isdigit() and _line(device / "index") in {"0", ""}:
            found.append(CameraInfo(int(number), _line(device / "name") or device.name))
    return sorted(found, key=lambda camera: camera.number)


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _macos() -> list[CameraInfo]:
    try:
        answer = subprocess.run(
            ["/usr/sbin/system_profiler", "-json", "SPCameraDataType"],
            capture_output=True,
            timeout=15,
            check=True,
        )
        entries = json.loads(answer.stdout)["SPCameraDataType"]
        return [CameraInfo(number, entry["_name"]) for number, entry in enumerate(entries)]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return _tried()


def _tried() -> list[CameraInfo]:
    import cv2

    found = []
    for number in range(TRIED_NUMBERS):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(CameraInfo(number, f"camera {number}"))
        capture.release()
    return found
