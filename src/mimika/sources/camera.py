"""A webcam, by number or name."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import CameraBusy, CameraNotFound
from mimika.sources.cameras import list_cameras
from mimika.sources.frame import SourceInfo
from mimika.sources.newest import NewestFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mimika.sources.newest import Capture
    from mimika.sources.rotation import Turn

    OpenDevice = Callable[[int, "tuple[int, int] | None", "float | None"], Capture]


class Camera(NewestFrame):
    """A live webcam that is waited for when it fails; see `mimika.sources.frame.Source`.

    Only the newest frame is kept: what came while the last one was being looked at is counted in
    `dropped`. A frame may have another size than the one before it.
    """

    def __init__(
        self,
        which: int | str = 0,
        *,
        size: tuple[int, int] | None = None,
        rate_hz: float | None = None,
        open_device: OpenDevice | None = None,
        turn: Turn = 0,
        **waiting: float,
    ) -> None:
        """Open the camera and take its first frame.

        Args:
            which: its number, or a part of its name as `mimika cameras` lists it.
            size: (width, height) in pixels to ask for; the camera may give another.
            rate_hz: frames a second to ask for.
            open_device: opens the device; another than OpenCV's, for tests and own drivers.
            turn: degrees by which frames are turned clockwise: 0, 90, 180 or 270.
            **waiting: `stalled_s`, `first_pause_s`, `longest_pause_s` of `NewestFrame`.

        Raises:
            CameraNotFound: there is no such camera.
            CameraBusy: another program holds it.
        """
        self.number = _number(which)
        opened = open_device or open_opencv

        def reopen() -> Capture:
            return opened(self.number, size, rate_hz)

        capture = reopen()
        image = capture.read()
        if image is None:
            capture.close()
            raise CameraBusy(
                f"Camera {self.number} opens but gives no picture: close the other program that "
                "uses it (a call, another window), or unplug it and plug it in again."
            )
        height, width = image.shape[:2]
        info = SourceInfo(
            f"camera {self.number}",
            "camera",
            live=True,
            width=width,
            height=height,
            rate_hz=rate_hz or 0.0,
        )
        super().__init__(info, capture, reopen, turn=turn, **waiting)  # type: ignore[arg-type]


class OpenCvCapture:
    """OpenCV's `VideoCapture` as a `Capture`."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._closed = False

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next frame; None when the camera failed."""
        import cv2

        try:
            good, image = self._device.read()
        except cv2.error:
            return None
        if not good or image is None or image.ndim != 3:
            return None
        return np.ascontiguousarray(image)

    def close(self) -> None:
        """Free the camera; more than once does no harm."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._device.release()


def open_opencv(number: int, size: tuple[int, int] | None, rate_hz: float | None) -> Capture:
    """Open a camera with the system's own interface.

    Raises:
        CameraNotFound: there is no such camera.
        CameraBusy: it exists and cannot be opened.
    """
    import cv2

    if sys.platform.startswith("linux"):
        device_file = Path(f"/dev/video{number}")
        if not device_file.exists():
            raise _not_found(number)
        if not os.access(device_file, os.R_OK | os.W_OK):
            raise CameraBusy(
                f"You may not use camera {number}: add yourself to the group video "
                "(`sudo usermod -aG video $USER`) and log in again."
            )
        backend = cv2.CAP_V4L2
    elif sys.platform == "win32":
        # Media Foundation takes up to half a minute to open many cameras; DirectShow does not.
        backend = cv2.CAP_DSHOW
    elif sys.platform == "darwin":
        backend = cv2.CAP_AVFOUNDATION
    else:
        backend = cv2.CAP_ANY
    # OpenCV complains on standard error about every camera that is not there; we say it ourselves.
    level = cv2.setLogLevel(0)
    try:
        device = cv2.VideoCapture(number, backend)
    finally:
        cv2.setLogLevel(level)
    if not device.isOpened():
        device.release()
        if sys.platform.startswith("linux"):
            raise CameraBusy(
                f"Camera {number} cannot be opened: another program uses it (a call, a browser, "
                "another Mimika). Close that and try again."
            )
        raise _not_found(number)
    if size is not None:
        # Most webcams give their full rate at larger sizes only as Motion JPEG.
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    if rate_hz is not None:
        device.set(cv2.CAP_PROP_FPS, rate_hz)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return OpenCvCapture(device)


def _not_found(number: int) -> CameraNotFound:
    cameras = list_cameras()
    there = ", ".join(f"{camera.number} ({camera.name})" for camera in cameras)
    if not there:
        return CameraNotFound(f"There is no camera {number}, nor any other: plug one in.")
    return CameraNotFound(f"There is no camera {number}: choose one of {there}.")


def _number(which: int | str) -> int:
    if isinstance(which, int) or which.isdigit():
        return int(which)
    cameras = list_cameras()
    for camera in cameras:
        if which.casefold() in camera.name.casefold():
            return camera.number
    there = ", ".join(f"{camera.number} ({camera.name})" for camera in cameras) or "none at all"
    raise CameraNotFound(f"There is no camera called {which!r}; there is {there}.")
