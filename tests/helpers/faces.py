"""The face that the tests of films look at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import av

DEMO = Path(__file__).parents[2] / "src" / "mimika" / "assets" / "demo.mp4"
SECONDS, FRAMES, RATE_HZ = 4.0, 96, 24
# The share of these frames that the default model calls sad; neutral has the rest.
SAD = 0.82


@lru_cache(maxsize=1)
def base_images():
    """The first 96 frames of the demo clip, (360, 640, 3) uint8 BGR, of a crying woman."""
    with av.open(str(DEMO)) as film:
        decoded = film.decode(video=0)
        return [next(decoded).to_ndarray(format="bgr24") for _ in range(FRAMES)]
