"""Real frames to measure on, cut from the demo clip: 1, 4, 16 and 50 moving faces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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


def scenes() -> Iterator[Scene]:
    """Make the scenes, one after the other: one face in three sizes of frames, four, 16 and 50."""
    from mimika.sources.open import open_source

    with open_source(CLIP) as clip:
        frames = [frame.image for frame in clip]
    step = (len(frames) - FRAMES) // 4
    parts = [frames[k * step : k * step + FRAMES] for k in range(4)]
    one, moments = parts[0], list(zip(*parts, strict=True))
    yield Scene(640, 480, 1, tuple(_scaled(f[:, 80:560], 640, 480) for f in one))
    yield Scene(1280, 720, 1, tuple(_scaled(f, 1280, 720) for f in one))
    yield Scene(1280, 720, 4, tuple(_mosaic(four, 2) for four in moments))
    yield Scene(1920, 1080, 1, tuple(_scaled(f, 1920, 1080) for f in one))
    yield Scene(1920, 1080, 16, tuple(_mosaic(_small(four) * 4, 4) for four in moments))
    yield Scene(1920, 1080, 50, tuple(_mosaic((_narrow(four) * 13)[:50], 10) for four in moments))


def _small(frames: Iterable[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    return [_scaled(frame, 480, 270) for frame in frames]


def _narrow(frames: Iterable[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """The middle of frames, where the face is."""
    return [_scaled(frame[:, 160:480], 192, 216) for frame in frames]


def _mosaic(tiles: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Lay pictures of one size beside and below each other."""
    rows = [np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _scaled(frame: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC)
