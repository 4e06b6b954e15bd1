"""Where the faces are: one file a detector, and the table of them."""

from __future__ import annotations

from mimika.detection.detector import (
    HIGH_SCORE,
    LOW_SCORE,
    NEAR_SIDE,
    THOROUGH,
    BoxToCrop,
    Detection,
    Detections,
    Detector,
    LookInSteps,
)
from mimika.detection.open import open_detector

__all__ = [
    "HIGH_SCORE",
    "LOW_SCORE",
    "NEAR_SIDE",
    "THOROUGH",
    "BoxToCrop",
    "Detection",
    "Detections",
    "Detector",
    "LookInSteps",
    "open_detector",
]
