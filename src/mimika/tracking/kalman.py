"""A box that moves: a constant-velocity Kalman filter (Kalman 1960) over a box.

State and noise follow SORT and ByteTrack (Bewley et al. 2016, arXiv 1602.00763; Zhang et al. 2022,
arXiv 2110.06864): center, width and height each with a velocity, noise in proportion to the box's
size. Here the step is in seconds, so that it is right at any frame rate and over dropped frames.
"""

from __future__ import annotations

import math

from mimika.schema.geometry import Box

# As shares of the box's size: error of one detection, acceleration noise a second to the 3/2.
MEASUREMENT_NOISE = 0.04
PROCESS_NOISE = 1.5
INITIAL_SPEED = 2.0
SMALLEST_SIDE = 1.0


class BoxFilter:
    """Follows one box. Four independent filters, (center x, center y, width, height)."""

    # Plain floats: for four values NumPy takes ten times as long as the sums themselves.
    __slots__ = ("_position", "_pp", "_pv", "_velocity", "_vv")

    def __init__(self, box: Box) -> None:
        self._position = _measured(box)
        self._velocity = (0.0, 0.0, 0.0, 0.0)
        size = self._size()
        # Covariances of (position, velocity), the same for the four: they differ by scale alone.
        self._pp = (MEASUREMENT_NOISE * size) ** 2
        self._pv = 0.0
        self._vv = (INITIAL_SPEED * size) ** 2

    def predict(self, step_s: float) -> None:
        """Move on by `step_s` seconds."""
        noise = (PROCESS_NOISE * self._size()) ** 2
        (x, y, width, height), (vx, vy, vw, vh) = self._position, self._velocity
        self._position = (
            x + vx * step_s,
            y + vy * step_s,
            max(width + vw * step_s, SMALLEST_SIDE),
            max(height + vh * step_s, SMALLEST_SIDE),
        )
        # Of the form q * [[t³/3, t²/2], [t²/2, t]]: white acceleration noise.
        self._pp += 2 * step_s * self._pv + step_s**2 * self._vv + noise * step_s**3 / 3
        self._pv += step_s * self._vv + noise * step_s**2 / 2
        self._vv += noise * step_s

    def update(self, box: Box) -> None:
        """Take in a detection."""
        total = self._pp + (MEASUREMENT_NOISE * self._size()) ** 2
        gain_p, gain_v = self._pp / total, self._pv / total
        (x, y, w, h), (vx, vy, vw, vh) = self._position, self._velocity
        found = _measured(box)
        dx, dy, dw, dh = found[0] - x, found[1] - y, found[2] - w, found[3] - h
        self._position = (x + gain_p * dx, y + gain_p * dy, w + gain_p * dw, h + gain_p * dh)
        self._velocity = (vx + gain_v * dx, vy + gain_v * dy, vw + gain_v * dw, vh + gain_v * dh)
        self._vv -= gain_v * self._pv
        self._pv *= 1 - gain_p
        self._pp *= 1 - gain_p

    @property
    def box(self) -> Box:
        """Where the box is thought to be, in pixels."""
        x, y, width, height = self._position
        return Box(x - width / 2, y - height / 2, width, height)

    def _size(self) -> float:
        return math.sqrt(self._position[2] * self._position[3])


def _measured(box: Box) -> tuple[float, float, float, float]:
    x, y = box.center
    return x, y, max(box.width, SMALLEST_SIDE), max(box.height, SMALLEST_SIDE)
