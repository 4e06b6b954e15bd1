"""From what the user calls a detector to the detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import UsageError
from mimika.detection.table import DETECTORS, DetectorOptions, choices, own_file_kinds

if TYPE_CHECKING:
    from mimika.detection.detector import Detector
    from mimika.detection.table import DetectorKind


def open_detector(
    name: str = "yunet", *, min_face: int = 1, engine: str = "auto", threads: int = 0
) -> Detector:
    """Open a detector.

    Args:
        name: a name from `mimika.detection.table`, or a file of one of those kinds, which its
            ending tells.
        min_face: shortest side of a face that is reported, in pixels of the full picture.
        engine: what is to run a network.
        threads: processor threads for a network; 0 takes what suits the machine.

    Raises:
        UsageError: there is no such detector.
        ModelError: the file is missing or unusable.
        DeviceError: the engine asked for cannot run here.
    """
    kind = DETECTORS.get(name)
    path = kind.bundled() if kind else Path(name)
    kind = kind or _kind_of(path)
    options = DetectorOptions(min_face=min_face, engine=engine, threads=threads)
    detector = kind.open(path, options)
    detector.name = name
    detector.landmarks, detector.box_to_crop = kind.landmarks, kind.box_to_crop
    return detector


def _kind_of(path: Path) -> DetectorKind:
    for kind in own_file_kinds():
        if path.suffix.lower() == kind.suffix:
            return kind
    raise UsageError(f"There is no detector {str(path)!r}: choose {choices()}.")
