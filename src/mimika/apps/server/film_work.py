"""How much work a film's frames are, in pixels."""

from __future__ import annotations

# Of a frame of a few pixels hardly anything is its pixels' work.
LEAST_PIXELS = 150_000


def frame_work(width: int, height: int) -> int:
    """The work that a frame is, in pixels."""
    return max(LEAST_PIXELS, width * height)
