"""Where the faces are: one file a detector."""

from __future__ import annotations

from mimika.detection.detector import SURE, THOROUGH, Detections, Detector
from mimika.detection.open import open_detector

__all__ = ["SURE", "THOROUGH", "Detections", "Detector", "open_detector"]
