"""Attention: facing the screen with open eyes, where a mesh says so.

A camera at the screen is looked at when the screen is. A face counts as attentive while its head is
turned by no more than `FACING_YAW` to a side and `FACING_PITCH` up or down, and at least one eye is
open; pauses as short as a blink do not count. Where the eyes look is not used: on a small face it
is not known well enough.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.schema.results import Face

FACING_YAW = 30.0
FACING_PITCH = 25.0
"""Degrees. A laptop's camera above a screen of 20 degrees is looked past by 10 to 15."""
SHUT = 0.5
"""How far an eye that counts as shut is closed."""
BLINK_TENTHS = 4
"""A blink takes 0.1 to 0.4 s (Schiffman 2001, "Sensation and Perception")."""


def attentive(face: Face) -> float:
    """1.0 where a face is attentive, 0.0 where it is not, NaN where it has no mesh."""
    values = face.values
    if "head_yaw" not in values:
        return math.nan
    facing = abs(values["head_yaw"]) <= FACING_YAW and abs(values["head_pitch"]) <= FACING_PITCH
    eyes = values.get("eye_closed_left", 0.0), values.get("eye_closed_right", 0.0)
    return float(facing and min(eyes) < SHUT)


def without_blinks(attention: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether attention was paid at each tenth of a second, pauses of a blink filled.

    Args:
        attention: (T,) 0 to 1, NaN where it is not known, which counts as none: a face whose mesh
            is not certain is mostly turned away.
    """
    known: NDArray[np.bool_] = np.nan_to_num(attention) >= 0.5
    edges = np.diff(known.astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    filled = known.copy()
    for end, begin in zip(ends[:-1], begins[1:], strict=True):
        if begin - end <= BLINK_TENTHS:
            filled[end:begin] = True
    return filled
