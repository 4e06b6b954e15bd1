"""From what the user calls a detector to the detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import UsageError

if TYPE_CHECKING:
    from mimika.detection.detector import Detector


def open_detector(
    name: str = "yunet", *, min_face: int = 1, engine: str = "auto", threads: int = 0
) -> Detector:
    """Open a detector.

    Args:
        name: "yunet", "haar", a YuNet network (.onnx) or a cascade (.xml).
        min_face: shortest side of a face that is reported, in pixels of the full picture.
        engine: what is to run a network.
        threads: processor threads for a network; 0 takes what suits the machine.

    Raises:
        UsageError: there is no such detector.
        ModelError: the file is missing or unusable.
    """
    suffix = Path(name).suffix.lower()
    if name == "haar" or suffix == ".xml":
        from mimika.detection.haar import HaarCascade

        return HaarCascade(None if name == "haar" else Path(name), min_face=min_face)
    if name == "yunet" or suffix == ".onnx":
        from mimika.detection.yunet import YuNet

        path = None if name == "yunet" else Path(name)
        return YuNet(path, min_face=min_face, engine=engine, threads=threads)
    raise UsageError(
        f"There is no detector {name!r}: choose yunet or haar, or give a YuNet .onnx or a "
        "cascade .xml file."
    )
