"""Real frames to measure on, cut from the demo clip: one and four moving faces in three sizes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLIP = Path(__file__).parent.parent / "assets" / "demo.mp4"
FRAMES = 48
RATE_HZ = 24.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Consecutive frames, (H, W, 3) uint8 BGR, and how many faces each shows."""

    width: int
    height: int
    faces: int
    frames: tuple[NDArray[np.uint8], ...]

    @property
    def name(self) -> str:
        """Such as "1280x720, 4 faces"."""
        return f"{self.width}x{self.height}, {self.faces} face{'s' if self.faces > 1 else ''}"


def scenes() -> tuple[Scene, ...]:
    """Make the scenes: 640x480 and 1920x1080 with one face, 1280x720 with four and with one."""
    from mimika.sources.open import open_source

    with open_source(CLIP) as clip:
        frames = [frame.image for frame in clip]
    step = (len(frames) - FRAMES) // 4
    parts = [frames[k * step : k * step + FRAMES] for k in range(4)]
    one = parts[0]
    mosaic = [
        np.vstack([np.hstack([a, b]), np.hstack([c, d])]) for a, b, c, d in zip(*parts, strict=True)
    ]
    return (
        Scene(640, 480, 1, tuple(_scaled(f[:, 80:560], 640, 480) for f in one)),
        Scene(1280, 720, 1, tuple(_scaled(f, 1280, 720) for f in one)),
        Scene(1280, 720, 4, tuple(np.ascontiguousarray(f) for f in mosaic)),
        Scene(1920, 1080, 1, tuple(_scaled(f, 1920, 1080) for f in one)),
    )


def _scaled(frame: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC)
