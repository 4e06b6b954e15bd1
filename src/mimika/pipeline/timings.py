"""What a frame took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds that a frame took, stage by stage.

    Attributes:
        detect_ms: finding the faces.
        classify_ms: cutting, scaling and judging them.
        track_ms: following them and smoothing.
        total_ms: all of it.
    """

    detect_ms: float = 0.0
    classify_ms: float = 0.0
    track_ms: float = 0.0
    total_ms: float = 0.0
